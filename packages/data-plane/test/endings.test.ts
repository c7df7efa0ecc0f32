/** When each operation ends, whatever the host does, and what an interruption leaves. */
import type * as Ingest from "@effect-pinecone/data-plane/Ingest"
import * as RecordCache from "@effect-pinecone/data-plane/RecordCache"
import * as VectorIndex from "@effect-pinecone/data-plane/VectorIndex"
import { PineconeHttpClient } from "@effect-pinecone/http/PineconeHttpClient"
import * as Settings from "@effect-pinecone/http/Settings"
import type { Throttle } from "@effect-pinecone/http/Throttle"
import * as Filter from "@effect-pinecone/schema/Filter"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Random from "effect/Random"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import type { Ended } from "../../../scripts/testing/endings.js"
import { interruptedAt, toEnd } from "../../../scripts/testing/endings.js"
import * as TransportErrors from "../../../scripts/testing/transportErrors.js"
import { slowly } from "./utils/bodies.js"
import { sizeHeader } from "./utils/memoryIndex.js"
import type { Answer } from "./utils/stub.js"
import { answering, json, model, transport } from "./utils/stub.js"

const timeout = 1000

// --- the operations ---

const record = (n: number) => ({ id: `r${n}`, values: [n, 1, 0] })
const text = (n: number) => ({ id: `r${n}`, fields: { chunk_text: "text" } })
const update = (n: number) => ({ id: `r${n}`, setMetadata: { n } })
const id = (n: number) => `r${n}`
const many = <A>(one: (n: number) => A) => Stream.map(Stream.range(1, 6), one)

const vector = [1, 2, 3]
const filter = Filter.eq("genre", "comedy")
const uri = "s3://bucket/records"

type Ingested = Pick<Ingest.Options, "retry" | "batchSize">

interface Operation {
  readonly run: (index: VectorIndex.VectorIndex, ingest: Ingested) => Effect.Effect<unknown, unknown>
  /** Whether it sends as many requests as the host can handle, each again for long. */
  readonly adaptive?: true
  /** How many requests, one after another, may fail before it ends: a scan fetches what was listed before a list failed. */
  readonly last?: number
  /** Whether it goes over HTTP whatever the transport of records is. */
  readonly http?: true
}

const one = (run: Operation["run"]): Operation => ({ run })
const bulk = (run: Operation["run"]): Operation => ({ run, adaptive: true })
const http = (run: Operation["run"]): Operation => ({ run, http: true })

const drained = <E>(stream: Stream.Stream<unknown, E>) => Stream.runDrain(stream)

/** Every method that an index has, by its name. */
const methods: Readonly<Record<string, Operation>> = {
  upsert: one((index) => index.upsert([record(1)])),
  upsertRecords: http((index) => index.upsertRecords([text(1)])),
  update: one((index) => index.update(update(1))),
  updateByMetadata: one((index) => index.updateByMetadata({ filter, setMetadata: { n: 1 } })),
  delete: one((index) => index.delete({ ids: ["a"] })),
  fetch: one((index) => index.fetch(["a"])),
  fetchByMetadata: one((index) => index.fetchByMetadata({ filter })),
  fetchByMetadataStream: one((index) => drained(index.fetchByMetadataStream({ filter }))),
  list: one((index) => index.list()),
  listStream: one((index) => drained(index.listStream())),
  fetchAll: one((index) => drained(index.fetchAll(many(id), { batchSize: 1 }))),
  get: one((index) => index.get("a")),
  scan: { ...one((index) => drained(index.scan())), last: 2 },
  waitForLsn: one((index) => index.waitForLsn(5)),
  query: one((index) => index.query({ vector, topK: 1 })),
  searchRecords: http((index) => index.searchRecords({ text: "text", topK: 1 })),
  queryNamespaces: one((index) => index.queryNamespaces({ vector, topK: 1, namespaces: "all" })),
  queryMany: one((index) => index.queryMany([{ vector, topK: 1 }, { id: "a", topK: 1 }])),
  upsertAll: bulk((index, options) => index.upsertAll(many(record), options)),
  upsertProgress: bulk((index, options) => drained(index.upsertProgress(many(record), options))),
  upsertSink: bulk((index, options) => Stream.run(many(record), index.upsertSink(options))),
  upsertRecordsAll: { ...bulk((index, options) => index.upsertRecordsAll(many(text), options)), http: true },
  upsertRecordsProgress: {
    ...bulk((index, options) => drained(index.upsertRecordsProgress(many(text), options))),
    http: true
  },
  updateAll: bulk((index, options) => index.updateAll(many(update), options)),
  updateProgress: bulk((index, options) => drained(index.updateProgress(many(update), options))),
  deleteIds: bulk((index, options) => index.deleteIds(many(id), options)),
  deleteProgress: bulk((index, options) => drained(index.deleteProgress(many(id), options))),
  describeIndexStats: one((index) => index.describeIndexStats()),
  createNamespace: one((index) => index.createNamespace("a")),
  listNamespaces: one((index) => index.listNamespaces()),
  listNamespacesStream: one((index) => drained(index.listNamespacesStream())),
  describeNamespace: one((index) => index.describeNamespace("a")),
  deleteNamespace: one((index) => index.deleteNamespace("a")),
  createNamespaceAlias: one((index) => index.createNamespaceAlias("live", "a")),
  describeNamespaceAlias: one((index) => index.describeNamespaceAlias("live")),
  repointNamespaceAlias: one((index) => index.repointNamespaceAlias("live", "a")),
  deleteNamespaceAlias: one((index) => index.deleteNamespaceAlias("live")),
  listNamespaceAliases: one((index) => index.listNamespaceAliases()),
  listNamespaceAliasesStream: one((index) => drained(index.listNamespaceAliasesStream())),
  startImport: http((index) => index.startImport({ uri })),
  describeImport: http((index) => index.describeImport("1")),
  listImports: http((index) => index.listImports()),
  listImportsStream: http((index) => drained(index.listImportsStream())),
  cancelImport: http((index) => index.cancelImport("1")),
  importProgress: http((index) => drained(index.importProgress("1"))),
  waitForImport: http((index) => index.waitForImport("1")),
  importAll: http((index) => index.importAll([{ uri }, { uri }])),
  importAllProgress: http((index) => drained(index.importAllProgress([{ uri }, { uri }])))
}

/** And what can be done otherwise with them, or with two of them. */
const ways: Readonly<Record<string, Operation>> = {
  "upsert of what no other fits beside": one((index) => index.namespace("b").upsert([record(1)])),
  "queryNamespaces of a list": one((index) =>
    index.queryNamespaces({ vector, topK: 1, metric: "cosine", namespaces: ["a", "b"] })
  ),
  "queryNamespaces of a stream": one((index) =>
    index.queryNamespaces({ vector, topK: 1, namespaces: Stream.make("a", "b"), onFailure: "fail" })
  ),
  "queryMany one at a time": one((index) =>
    index.queryMany([{ vector, topK: 1 }, { id: "a", topK: 1 }], { concurrency: 1 })
  ),
  "get by a cache": one((index) =>
    Effect.flatMap(RecordCache.make({ capacity: 1, timeToLive: "1 hour" }), (cache) => index.get("a", { cache }))
  ),
  "get by many": one((index) =>
    Effect.forEach(["a", "b", "a"], (id) => index.get(id), { concurrency: "unbounded", batching: true })
  ),
  "fetch that waits for a write": one((index) => index.fetch(["a"], { minLsn: 5 })),
  "upsertAll with so many in flight": one((index, options) =>
    index.upsertAll(many(record), { ...options, concurrency: 2 })
  ),
  "upsertAll that bisects": bulk((index, options) =>
    index.upsertAll(many(record), { ...options, onInvalid: "bisect", batchSize: 4 })
  ),
  "upsertAll of a slow source": bulk((index, options) =>
    index.upsertAll(Stream.schedule(many(record), Schedule.spaced("10 millis")), { ...options, maxWait: "20 millis" })
  ),
  "deleteIds with a timeout": bulk((index, options) => index.deleteIds(many(id), { ...options, timeout: "1 hour" })),
  copy: {
    ...bulk((index, options) => VectorIndex.copy(index.namespace("a"), index.namespace("b"), options)),
    last: 2
  },
  "copy of all": {
    ...bulk((index, options) => VectorIndex.copy(index, index.namespace("b"), { ...options, namespaces: "all" })),
    last: 2
  },
  copyProgress: {
    ...bulk((index, options) => drained(VectorIndex.copyProgress(index.namespace("a"), index.namespace("b"), options))),
    last: 2
  }
}

const operations = Object.entries({ ...methods, ...ways })

// --- the hosts ---

const indexed = { "x-pinecone-max-indexed-lsn": "5", "x-pinecone-request-lsn": "5" }

/** Every list has two pages. */
const page = (url: URL, first: object, last: object) =>
  url.searchParams.has("paginationToken") ? json(last) : json({ ...first, pagination: { next: "2" } })

const alias = {
  name: "live",
  target_namespace: "a",
  created_at: "2026-12-01T00:00:00Z",
  updated_at: "2026-12-01T00:00:00Z"
}

const sound: Answer = (request, url) =>
  Effect.sync(() => {
    const { method } = request
    switch (url.pathname) {
      case "/indexes/movies":
        return json({ ...model, host })
      case "/vectors/upsert":
        return json({ upsertedCount: 1 }, 200, indexed)
      case "/query":
        return json({ matches: [{ id: "a", score: 1 }], namespace: "" }, 200, indexed)
      case "/vectors/fetch":
        return json({ vectors: { a: { id: "a", values: vector } }, namespace: "" }, 200, indexed)
      case "/vectors/fetch_by_metadata":
        return json({ vectors: { a: { id: "a", values: vector } }, namespace: "" }, 200, indexed)
      case "/vectors/list":
        return page(url, { vectors: [{ id: "a" }] }, { vectors: [{ id: "b" }] })
      case "/describe_index_stats":
        return json({ namespaces: {}, dimension: 3, metric: "cosine", indexFullness: 0, totalVectorCount: 0 })
      case "/namespaces":
        return method === "GET"
          ? page(url, { namespaces: [{ name: "a" }] }, { namespaces: [{ name: "b" }] })
          : json({ name: "a" })
      case "/namespaces/a":
        return method === "GET" ? json({ name: "a" }) : json({})
      case "/namespace-aliases":
        return method === "GET"
          ? page(url, { namespace_aliases: [alias], total_count: 2 }, { namespace_aliases: [alias], total_count: 2 })
          : json(alias)
      case "/namespace-aliases/live":
        return json(method === "DELETE" ? {} : alias)
      case "/bulk/imports":
        return method === "GET" ? page(url, { data: [{ id: "1" }] }, { data: [{ id: "2" }] }) : json({ id: "1" })
      case "/bulk/imports/1":
        return method === "GET" ? json({ id: "1", status: "Completed" }) : json({})
    }
    if (url.pathname.endsWith("/search")) {
      return json({ result: { hits: [] }, usage: { read_units: 1 } })
    }
    return json({}, 200, indexed)
  })

const host = "movies.svc.test"

const all = (answer: Answer) => () => answer

const refusing = (seconds: number): Answer => () =>
  Effect.succeed(json({ code: 8, message: "too many", details: [] }, 429, { "retry-after": String(seconds) }))

const hosts = {
  sound: all(sound),
  silent: all(() => Effect.never),
  /** The head of each answer comes in time, and the rest does not. */
  slow: all((request, url) =>
    Effect.map(Effect.delay(sound(request, url), timeout / 2), (response) => slowly(response, timeout * 0.7))
  ),
  late: all((request, url) => Effect.delay(sound(request, url), timeout * 0.9)),
  "throttling for a day": all(refusing(86_400)),
  "throttling for half a minute": all(refusing(30)),
  closing: all((request) => Effect.fail(TransportErrors.broken(request))),
  failing: all(() => Effect.succeed(json({ code: 14, message: "not now", details: [] }, 503))),
  "silent after its first answer": () => {
    let asked = 0
    const answer: Answer = (request, url) => asked++ === 0 ? sound(request, url) : Effect.never
    return answer
  },
  "silent after its third answer": () => {
    let asked = 0
    const answer: Answer = (request, url) => asked++ < 3 ? sound(request, url) : Effect.never
    return answer
  }
}

type Host = keyof typeof hosts

/** How many places a host has of which nothing is known. */
const places = 4

const takeAll = ({ places }: Throttle): number => {
  let taken = 0
  while (places.take()) taken++
  return taken
}

interface Plan {
  readonly host: Host
  readonly retry?: Settings.RetryPolicy
  readonly target?: VectorIndex.Options
  /** Whether another has taken all places: for so many milliseconds, or until the end. */
  readonly full?: number
}

/** An operation at a host, and what is known of the host then. */
const prepared = ({ run }: Operation, { full, host: name, retry, target = { host } }: Plan) => {
  const answer = hosts[name]()
  const sizes: Array<boolean> = []
  let underWay = 0
  const watched: Answer = (request, url) =>
    Effect.suspend(() => {
      sizes.push(request.headers[sizeHeader] !== undefined)
      underWay++
      return Effect.ensuring(answer(request, url), Effect.sync(() => underWay--))
    })
  // What is watched is the operation alone: the client is there before.
  const context = Effect.runSync(
    Effect.scoped(Layer.build(answering(watched, { timeout, retry: retry ?? Settings.defaultRetry })))
  )
  const throttle = Context.get(context, PineconeHttpClient).throttle(host)
  const index = Effect.runSync(Effect.provide(VectorIndex.make(target), context))
  let taken = full === undefined ? 0 : takeAll(throttle)
  const give = Effect.sync(() => {
    for (; taken > 0; taken--) throttle.places.give()
  })
  const operation = run(index, { batchSize: 1, ...(retry === undefined ? {} : { retry: Schedule.stop }) })
  const effect = full === undefined
    ? operation
    : Effect.ensuring(
      Number.isFinite(full) ? Effect.zipRight(Effect.fork(Effect.delay(give, full)), operation) : operation,
      give
    )
  return {
    effect,
    requests: () => sizes.length,
    overGrpc: () => sizes,
    inFlight: () => underWay,
    /** Of the places that the host has once what was heard is forgotten. */
    free: () => {
      throttle.places.forget(Number.POSITIVE_INFINITY)
      return takeAll(throttle)
    }
  }
}

type Prepared = ReturnType<typeof prepared>

const nothingLeft = (name: string, ended: Ended<unknown, unknown>, { free, inFlight }: Prepared) => {
  assert.deepStrictEqual(
    { fibers: ended.fibers, asleep: ended.asleep, inFlight: inFlight(), places: free() },
    { fibers: 0, asleep: 0, inFlight: 0, places },
    `${name} leaves something behind`
  )
}

/** Runs all operations to their ends, and looks at each. */
const each = async (
  plan: Plan,
  look: (name: string, ended: Ended<unknown, unknown>, operation: Operation, prepared: Prepared) => void
) => {
  for (const [name, operation] of operations) {
    const ready = prepared(operation, plan)
    const ended = await toEnd(ready.effect)
    if (ended.exit === undefined) assert.fail(`${name} never ends`)
    if (Exit.isFailure(ended.exit) && (Cause.isDie(ended.exit.cause) || !Cause.isFailure(ended.exit.cause))) {
      assert.fail(`${name} ends with ${ended.exit.cause}`)
    }
    nothingLeft(name, ended, ready)
    look(name, ended, operation, ready)
  }
}

describe("an operation", () => {
  it("is one of these, and ends well at a sound host, over the transport in use", async () => {
    await each({ host: "sound" }, (name, { elapsed, exit }, operation, { overGrpc, requests }) => {
      assert.isTrue(exit !== undefined && Exit.isSuccess(exit), `${name}: ${exit}`)
      assert.isAbove(requests(), 0, name)
      assert.isAtMost(elapsed, 100, name)
      const grpc = transport === "grpc" && operation.http !== true
      assert.isTrue(overGrpc().every((over) => over === grpc), `${name} goes another way`)
    })
    const index = await Effect.runPromise(Effect.provide(VectorIndex.make({ host }), answering(sound)))
    const callable = Object.entries(index).filter(([, member]) => typeof member === "function").map(([name]) => name)
    const views = ["untyped", "namespace"]
    assert.deepStrictEqual(
      callable.filter((name) => !views.includes(name) && name !== "metadata").sort(),
      Object.keys(methods).sort()
    )
  })

  // Of all that is sent once, at most one timeout passes from the request that fails to the end.
  const once: ReadonlyArray<readonly [Host, bound: number]> = [
    ["silent", timeout + 100],
    ["silent after its first answer", timeout + 100],
    ["silent after its third answer", timeout + 100],
    ["slow", timeout + 100],
    ["closing", 100],
    ["failing", 100],
    ["throttling for a day", 100],
    ["throttling for half a minute", 100]
  ]
  for (const [host, bound] of once) {
    it(`that is tried once ends in its timeout at a host that is ${host}`, () =>
      each({ host, retry: Settings.noRetry }, (name, { elapsed, exit }, { last = 1 }, { requests }) => {
        assert.isAtMost(elapsed, last * bound, name)
        // With so few requests it does not come to the one that fails.
        if (!host.startsWith("silent after") || requests() > 3) {
          assert.isTrue(exit !== undefined && Exit.isFailure(exit), `${name}: ${exit}`)
        }
      }))
  }

  it("ends well at a host whose answers come just in time, each after the other", () =>
    each({ host: "late", retry: Settings.noRetry }, (name, { elapsed, exit }, _, { requests }) => {
      assert.isTrue(exit !== undefined && Exit.isSuccess(exit), `${name}: ${exit}`)
      assert.isAtMost(elapsed, requests() * timeout * 0.9 + 100, name)
    }))

  it("waits at a full host for what is in flight there, and then has its own timeout", async () => {
    for (const host of ["sound", "silent"] as const) {
      await each({ host, full: timeout, retry: Settings.noRetry }, (name, { elapsed }, { adaptive }) => {
        // What others have in flight ends by their timeout at the latest.
        const waited = adaptive === true ? timeout : 0
        assert.isAtMost(elapsed, waited + (host === "sound" ? 0 : timeout) + 100, name)
      })
    }
  })

  // After the first try four more, after waits of 200, 400, 800 and 1600 ms, each longer by up to a fifth.
  const waits = 3000 * 1.2
  // An adaptive request is given up once nothing was accepted for two minutes at the lowest concurrency, to which two tries
  // lead from four places. That is seen when it is to be sent again: after 30 seconds and a fifth at most.
  const stalled = 2 * timeout + 1000 + 120_000 + 36_000
  // Who waits for a pause that others make longer waits for 60 seconds at most, and five more to come back spread out; each try
  // begins with one but the first.
  const pauses = 4 * 65_000 + waits
  const repeated: ReadonlyArray<readonly [Host, single: number, adaptive: number]> = [
    ["silent", 5 * timeout + waits, 5 * timeout + waits + stalled],
    ["silent after its first answer", 5 * timeout + waits, 5 * timeout + waits + stalled],
    ["slow", 5 * timeout + waits, 5 * timeout + waits + stalled],
    ["closing", waits, waits + stalled],
    ["failing", waits, waits + stalled],
    ["throttling for a day", 0, 0],
    // Who asks for patience gets it: for ten minutes, and the last tries.
    ["throttling for half a minute", pauses, 600_000 + 36_000 + pauses + 65_000]
  ]
  for (const [host, single, adaptive] of repeated) {
    it(`that is tried again ends in a bounded time at a host that is ${host}`, () =>
      each({ host }, (name, { elapsed }, operation) => {
        const long = operation.adaptive === true || name.startsWith("upsertAll")
        assert.isAtMost(elapsed, (operation.last ?? 1) * ((long ? adaptive : single) + 100), name)
      }))
  }
})

/** At how many moments each run is interrupted beside its start: `INTERRUPTIONS=50` takes half an hour. */
const chances = Number(process.env["INTERRUPTIONS"] ?? 2)

describe("an interruption", () => {
  /** Moments of a run: its start, and some by chance up to its end, the first of them more often. */
  const momentsOf = (moments: number, seed: string): ReadonlyArray<number> =>
    Effect.runSync(Effect.withRandom(
      Effect.map(
        Effect.replicateEffect(Random.next, chances),
        (shares) => [0, ...shares.map((share) => Math.floor(share ** 2 * Math.min(moments, 400)))]
      ),
      Random.make(seed)
    ))

  const interrupted = async (plan: Plan) => {
    for (const [name, operation] of operations) {
      const whole = prepared(operation, plan)
      const { moments } = plan.full === Number.POSITIVE_INFINITY || plan.host === "silent"
        ? { moments: 40 }
        : await toEnd(whole.effect)
      for (const moment of momentsOf(moments, `${name} ${plan.host}`)) {
        const ready = prepared(operation, plan)
        const told = `${name}, interrupted at its moment ${moment} of ${moments}`
        const ended = await interruptedAt(ready.effect, moment)
        if (ended.exit === undefined) assert.fail(`${told}, does not end at once`)
        nothingLeft(told, ended, ready)
      }
    }
  }

  const atHosts: ReadonlyArray<Host> = [
    "silent",
    "slow",
    "late",
    "closing",
    "failing",
    "throttling for half a minute",
    "silent after its first answer",
    "silent after its third answer"
  ]
  for (const host of atHosts) {
    it(`ends everything at once at a host that is ${host}`, () => interrupted({ host }))
  }

  it("ends everything at once at a host that is full", () =>
    interrupted({ host: "sound", full: Number.POSITIVE_INFINITY }))

  it("ends everything at once where the index is still looked up", async () => {
    await interrupted({ host: "silent", target: { name: "movies" } })
    await interrupted({ host: "silent after its first answer", target: { name: "movies" } })
  })

  it("of imports that it is to cancel waits for the answer to their start, no longer than a request may take", async () => {
    for (const host of ["silent", "late"] as const) {
      const operation = one((index) => index.importAll([{ uri }, { uri }], { cancelOnInterrupt: true }))
      const ready = prepared(operation, { host })
      const ended = await toEnd(Effect.flatMap(Effect.fork(ready.effect), (fiber) =>
        Effect.zipRight(
          Effect.sleep(Duration.millis(10)),
          Effect.timed(fiber.pipe((running) =>
            Effect.zipRight(Effect.asVoid(running.interruptAsFork(running.id())), Effect.exit(running.await))
          ))
        )))
      assert.isDefined(ended.exit)
      // The start, and at a host that gives an answer, the request that cancels.
      assert.isAtMost(ended.elapsed, (host === "silent" ? timeout : 2 * timeout) + 100)
      nothingLeft("importAll", ended, ready)
    }
  })
})
