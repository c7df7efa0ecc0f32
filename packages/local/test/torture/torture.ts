/**
 * Torture: the command serves a folder, workers change everything in it over HTTP and gRPC, the process is killed at a
 * random moment and started again, and what it holds then is compared with what it had acknowledged. An operation that
 * was not answered may have been done or not, and never by half.
 */
import * as Indexes from "@effect-pinecone/control-plane/Indexes"
import * as PineconeGrpc from "@effect-pinecone/grpc/PineconeGrpc"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Random from "effect/Random"
import { bundle } from "../utils/bundle.js"
import { clientOf, serverless, withServices } from "../utils/clients.js"
import { start } from "../utils/command.js"
import * as documents from "./documents.js"
import * as importing from "./importing.js"
import * as lane from "./lane.js"
import * as lifecycle from "./lifecycle.js"
import type { Fault } from "./model.js"
import { dimension, fault, judge, pushAll } from "./model.js"
import { contents } from "./reading.js"
import type { Round } from "./worker.js"
import { untilKilled } from "./worker.js"

export interface Report {
  readonly round: number
  /** What was sent just before the server was killed. */
  readonly killedAt: string
  readonly answered: number
  readonly faults: ReadonlyArray<Fault>
}

const laneOptions = [
  { index: "main", namespace: "shared", exclusive: false, sparse: true, grpc: false },
  { index: "main", namespace: "shared", exclusive: false, sparse: true, grpc: true },
  { index: "main", namespace: "own", exclusive: true, sparse: true, grpc: false },
  { index: "main", namespace: "\"own\" %2F ?", exclusive: true, sparse: true, grpc: true },
  { index: "side", namespace: "own", exclusive: true, sparse: false, grpc: true },
  { index: "side", namespace: "__default__", exclusive: false, sparse: false, grpc: false }
]

const kinds = [...lane.kinds, ...lifecycle.kinds, ...importing.kinds, ...documents.kinds]

/** With the last version that creates pods. */
const clientAt = (url: string) => clientOf(url, { apiVersion: "2026-04" })

const http = (url: string) => withServices(clientAt(url))

/** With the version that has documents. */
const newest = (url: string) => withServices(clientOf(url))

const overGrpc = (url: string) => withServices(Layer.orDie(Layer.provide(PineconeGrpc.layer(), clientAt(url))))

type Command = Effect.Effect.Success<ReturnType<typeof start>>

/** Kills the server, and gives what is wrong with what it said. */
const kill = (server: Command) =>
  Effect.gen(function*() {
    yield* server.kill("SIGKILL")
    const { code, signal, stderr, stdout } = yield* server.ended
    const said = `${stderr}\n${stdout}`.split("\n").filter((line) => /\b(ERROR|FATAL|Error|SQLITE_\w+)\b/.test(line))
    return [
      ...(signal === "SIGKILL" ? [] : [fault("wrong", `the server had ended with ${code}: ${stderr}`)]),
      ...(said.length === 0 ? [] : [fault("wrong", `the server said: ${said.slice(0, 3).join(" | ")}`)])
    ]
  })

/** Tortures a server so many times, and tells each round as it ends. */
export const torture = <R>(
  options: { readonly rounds: number; readonly seed: number },
  tell: (report: Report) => Effect.Effect<void, never, R>
) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const root = yield* fs.makeTempDirectoryScoped({ prefix: "torture-" })
    const data = `${root}/data`
    yield* fs.makeDirectory(`${root}/bin`)
    const command = yield* bundle(`${root}/bin`)
    const run = start([command, "--port", "0", "--data", data, "--import-root", root])

    const writers = laneOptions.map(({ grpc, ...where }, i) => ({
      grpc,
      lane: lane.make({ ...where, owner: `l${i}` })
    }))
    const lifecycles = [lifecycle.make("serverless", "serverless"), lifecycle.make("pods", "pods")]
    const imports = yield* importing.make("imports", root).pipe(Effect.withRandom(Random.make(options.seed)))
    const articles = documents.make({ index: "articles", namespace: "own" })
    let server = yield* run
    yield* Effect.provide(documents.create("articles"), newest(yield* server.url))
    yield* Effect.flatMap(Indexes.Indexes, (indexes) =>
      Effect.forEach(
        [["main", "dotproduct"], ["side", "cosine"], ["imports", "dotproduct"]] as const,
        ([name, metric]) => indexes.create({ name, dimension, metric, spec: serverless })
      )).pipe(Effect.provide(http(yield* server.url)))

    const work = (round: Round, number: number, url: string) =>
      Effect.gen(function*() {
        const over = [yield* Layer.build(http(url)), yield* Layer.build(overGrpc(url))] as const
        const overNewest = yield* Layer.build(newest(url))
        const worker = <E extends { readonly message: string }>(
          name: string,
          client: (typeof over)[0],
          step: Parameters<typeof untilKilled<E>>[2]
        ) =>
          untilKilled(round, name, step).pipe(
            Effect.provide(client),
            Effect.withRandom(Random.make(`${options.seed} ${number} ${name}`))
          )
        const fibers = yield* Effect.all(
          [
            ...writers.map(({ grpc, lane: one }) => worker(one.owner, over[grpc ? 1 : 0], lane.step(round, one))),
            ...lifecycles.map((one) => worker(one.owner, over[0], lifecycle.step(round, one))),
            worker("imports", over[0], importing.step(round, imports)),
            worker("articles", overNewest, documents.step(round, articles))
          ].map(Effect.fork)
        )
        yield* Effect.timeoutOption(Deferred.await(round.trigger.pulled), "8 seconds")
        // A moment after it was sent: before, while or after it is done.
        yield* Effect.sleep(yield* Random.nextIntBetween(0, 25))
        round.killed = true
        pushAll(round.faults, yield* kill(server))
        yield* Effect.timeoutOption(Effect.forEach(fibers, Fiber.join, { discard: true }), "3 seconds")
        yield* Fiber.interruptAll(fibers)
      }).pipe(Effect.scoped)

    const verify = Effect.gen(function*() {
      const faults: Array<Fault> = []
      const held = new Map<string, Effect.Effect.Success<ReturnType<typeof contents>>["found"]>()
      for (const name of ["main", "side", "imports"]) {
        const all = yield* contents(name)
        pushAll(faults, all.faults)
        held.set(name, all.found)
      }
      const known = new Set<string>()
      for (const { lane: { exclusive, index, namespace, owner, state } } of writers) {
        known.add(`${index}/${namespace}`)
        const all = held.get(index)?.get(namespace)
        const found = exclusive
          ? all
          : new Map(Array.from(all ?? []).filter(([id]) => id.startsWith(`${owner}-`)))
        pushAll(faults, judge(`${index}/${namespace} of ${owner}`, state, found))
      }
      for (const name of ["main", "side"]) {
        for (const namespace of held.get(name)?.keys() ?? []) {
          if (!known.has(`${name}/${namespace}`)) faults.push(fault("resurrected", `${name}/${namespace} is there`))
        }
      }
      pushAll(faults, yield* importing.verify(imports, held.get("imports")!))
      let files = held.size + 1
      for (const one of lifecycles) {
        const judged = yield* lifecycle.verify(one)
        pushAll(faults, judged.faults)
        files += judged.files
      }
      // A copy that is listed nowhere was half done.
      const sets = (yield* fs.readDirectory(`${data}/sets`)).filter((name) => /\.db$|\.partial/.test(name))
      if (sets.length !== files) {
        faults.push(fault("half-done", `there are ${sets.length} files of ${files} indexes, backups and collections`))
      }
      return faults
    })

    const totals: Record<Fault["kind"], number> = { lost: 0, resurrected: 0, "half-done": 0, wrong: 0 }
    for (let number = 1; number <= options.rounds; number++) {
      yield* Effect.gen(function*() {
        const kind = kinds[yield* Random.nextIntBetween(0, kinds.length)]!
        const round: Round = {
          trigger: { kind, after: yield* Random.nextIntBetween(0, 120), pulled: yield* Deferred.make<void>() },
          faults: [],
          answered: 0,
          killedAt: undefined,
          killed: false
        }
        yield* work(round, number, yield* server.url)
        // Now and then it is killed again as it starts.
        if ((yield* Random.nextIntBetween(0, 4)) === 0) {
          server = yield* run
          yield* Effect.sleep(yield* Random.nextIntBetween(400, 1600))
          pushAll(round.faults, yield* kill(server))
        }
        server = yield* run
        pushAll(round.faults, yield* Effect.provide(verify, http(yield* server.url)))
        pushAll(round.faults, yield* Effect.provide(documents.verify(articles), newest(yield* server.url)))
        for (const { kind } of round.faults) totals[kind]++
        yield* tell({
          round: number,
          killedAt: round.killedAt ?? "any moment",
          answered: round.answered,
          faults: round.faults
        })
      }).pipe(Effect.withRandom(Random.make(`${options.seed} ${number}`)))
    }
    const last = yield* kill(server)
    totals.wrong += last.length
    return totals
  }).pipe(Effect.scoped)
