/** Aliases of namespaces: what is served through them, what is refused, and what is kept. */
import * as Backups from "@effect-pinecone/control-plane/Backups"
import * as Indexes from "@effect-pinecone/control-plane/Indexes"
import * as DocumentIndex from "@effect-pinecone/data-plane/DocumentIndex"
import * as VectorIndex from "@effect-pinecone/data-plane/VectorIndex"
import * as Protocol from "@effect-pinecone/grpc/Protocol"
import * as Filter from "@effect-pinecone/schema/Filter"
import * as IndexSchema from "@effect-pinecone/schema/IndexSchema"
import * as Score from "@effect-pinecone/schema/Score"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as FileSystem from "@effect/platform/FileSystem"
import { assert, describe, it, layer } from "@effect/vitest"
import { range } from "effect/Array"
import * as Effect from "effect/Effect"
import { FastCheck } from "../../../scripts/testing/properties.js"
import * as PineconeLocal from "../src/PineconeLocal.js"
import { ask, askAt } from "./utils/ask.js"
import { collect, createIndex, failure, freshIndex, inProcess, inProcessGrpc, withServices } from "./utils/pinecone.js"
import * as rawGrpc from "./utils/rawGrpc.js"

const record = (id: string, values = [1, 2, 3]) => ({ id, values, metadata: { genre: id } })

type Field = readonly [number: number, value: number | Buffer]

const bytesOf = (field: Field | undefined): Buffer =>
  Buffer.isBuffer(field?.[1]) ? field[1] : assert.fail("a field with bytes was expected")

/** The fields of a message of protobuf, numbers and bytes. */
const fieldsOf = (bytes: Buffer): ReadonlyArray<Field> => {
  const fields: Array<Field> = []
  let at = 0
  const varint = (): number => {
    let value = 0
    for (let factor = 1;; factor *= 128) {
      const byte = bytes[at++]!
      value += byte % 128 * factor
      if (byte < 128) return value
    }
  }
  while (at < bytes.length) {
    const tag = varint()
    const value = varint()
    if (tag % 8 === 0) fields.push([tag >> 3, value])
    else fields.push([tag >> 3, bytes.subarray(at, at += value)])
  }
  return fields
}

/** An index with two namespaces of one record each. */
const twoColours = Effect.gen(function*() {
  const index = yield* freshIndex()
  yield* index.upsert([record("b")], { namespace: "blue" })
  yield* index.upsert([record("g")], { namespace: "green" })
  return index
})

for (const [name, environment] of Object.entries({ HTTP: inProcess, gRPC: inProcessGrpc })) {
  layer(withServices(environment()), { excludeTestServices: true })(`aliases over ${name}`, (it) => {
    it.effect("are created, described, repointed, listed and deleted", () =>
      Effect.gen(function*() {
        const index = yield* twoColours
        const created = yield* index.createNamespaceAlias("live", "blue")
        assert.deepInclude(created, { name: "live", targetNamespace: "blue" })
        assert.deepStrictEqual(created.createdAt, created.updatedAt)
        assert.deepStrictEqual(yield* index.describeNamespaceAlias("live"), created)
        const moved = yield* index.repointNamespaceAlias("live", "green")
        assert.deepInclude(moved, { name: "live", targetNamespace: "green", createdAt: created.createdAt })
        assert.isAbove(moved.updatedAt.getTime(), created.updatedAt.getTime())
        const again = yield* index.repointNamespaceAlias("live", "green")
        assert.isAbove(again.updatedAt.getTime(), moved.updatedAt.getTime())
        yield* index.createNamespaceAlias("latest", "blue")
        yield* index.createNamespaceAlias("default", "__default__")
        const first = yield* index.listNamespaceAliases({ limit: 2 })
        assert.deepStrictEqual([first.aliases.map(({ name }) => name), first.totalCount], [["default", "latest"], 3])
        const rest = yield* index.listNamespaceAliases({ paginationToken: first.next! })
        assert.deepStrictEqual(rest, { aliases: [again], totalCount: 3, next: undefined })
        const names = (options: { readonly prefix?: string; readonly targetNamespace?: string }) =>
          Effect.map(collect(index.listNamespaceAliasesStream({ limit: 1, ...options })), (all) =>
            all.map(({ name }) => name))
        assert.deepStrictEqual(yield* names({}), ["default", "latest", "live"])
        assert.deepStrictEqual(yield* names({ prefix: "l" }), ["latest", "live"])
        assert.deepStrictEqual(yield* names({ prefix: "l", targetNamespace: "green" }), ["live"])
        yield* index.deleteNamespaceAlias("live")
        yield* failure("PineconeNotFound")(index.describeNamespaceAlias("live"))
        yield* failure("PineconeNotFound")(index.deleteNamespaceAlias("live"))
        yield* failure("PineconeNotFound")(index.repointNamespaceAlias("live", "blue"))
        assert.deepStrictEqual((yield* index.list({ namespace: "live" })).ids, [])
        assert.deepStrictEqual((yield* index.list({ namespace: "green" })).ids, ["g"])
      }))

    it.effect("serve every read from their target, which the answer names", () =>
      Effect.gen(function*() {
        const index = yield* twoColours
        yield* index.createNamespaceAlias("live", "blue")
        const live = index.namespace("live")
        const reads = [
          Effect.map(live.query({ vector: [1, 2, 3], topK: 5 }), ({ matches, namespace }) => [
            matches.map(({ id }) => id),
            namespace
          ]),
          Effect.map(live.query({ id: "b", topK: 5 }), ({ matches, namespace }) => [
            matches.map(({ id }) => id),
            namespace
          ]),
          Effect.map(live.fetch(["b"]), ({ namespace, records }) => [[...records.keys()], namespace]),
          Effect.map(
            live.fetchByMetadata({ filter: Filter.raw({ genre: "b" }) }),
            ({ namespace, records }) => [[...records.keys()], namespace]
          ),
          Effect.map(live.list(), ({ ids, namespace }) => [ids, namespace])
        ]
        for (const read of reads) assert.deepStrictEqual(yield* read, [["b"], "blue"])
        yield* index.upsert([record("d")])
        yield* index.repointNamespaceAlias("live", "__default__")
        assert.deepInclude(yield* live.list(), { ids: ["d"], namespace: "__default__" })
      }))

    it.effect("take no writes, and leave what they point at as it is", () =>
      Effect.gen(function*() {
        const index = yield* twoColours
        yield* index.createNamespaceAlias("live", "blue")
        const live = index.namespace("live")
        yield* failure("PineconeAlreadyExists")(live.upsert([record("x")]))
        yield* failure("PineconeAlreadyExists")(index.createNamespace("live"))
        for (
          const write of [
            live.update({ id: "b", setMetadata: { genre: "x" } }),
            live.delete({ ids: ["b"] }),
            live.delete({ deleteAll: true })
          ]
        ) {
          const refused = yield* failure("PineconeInvalidRequest")<unknown, unknown, never>(write)
          assert.include(refused.message, "live is an alias of the namespace blue")
        }
        yield* failure("PineconeInvalidRequest")(index.describeNamespace("live"))
        yield* failure("PineconeInvalidRequest")(index.deleteNamespace("live"))
        const kept = yield* failure("PineconeInvalidRequest")(index.deleteNamespace("blue"))
        assert.include(kept.message, "delete or repoint its aliases")
        assert.deepStrictEqual((yield* live.fetch(["b"])).records.get("b")?.metadata, { genre: "b" })
        yield* index.repointNamespaceAlias("live", "green")
        yield* index.deleteNamespace("blue")
        assert.deepStrictEqual((yield* live.list()).ids, ["g"])
        assert.deepStrictEqual(Object.keys((yield* index.describeIndexStats()).namespaces ?? {}), ["green"])
      }))

    it.effect("switched amid 1,000 reads give each reader one namespace or the other, whole", () =>
      Effect.gen(function*() {
        const index = yield* freshIndex()
        const ids = (colour: string) => Array.from({ length: 50 }, (_, i) => `${colour}-${String(i).padStart(2, "0")}`)
        for (const colour of ["blue", "green"]) {
          yield* index.upsert(ids(colour).map((id) => record(id)), { namespace: colour })
        }
        yield* index.createNamespaceAlias("live", "blue")
        const live = index.namespace("live")
        const seen = new Set<string>()
        const read = Effect.gen(function*() {
          const { matches, namespace } = yield* live.query({ vector: [1, 2, 3], topK: 100 })
          assert.deepStrictEqual(matches.map(({ id }) => id).sort(), ids(namespace))
          seen.add(namespace)
        })
        const turns = Effect.forEach(
          Array.from({ length: 20 }, (_, i) => i % 2 === 0 ? "green" : "blue"),
          (colour) => index.repointNamespaceAlias("live", colour),
          { discard: true }
        )
        yield* Effect.all([Effect.replicateEffect(read, 1000, { concurrency: 20, discard: true }), turns], {
          concurrency: 2
        })
        assert.deepStrictEqual([...seen].sort(), ["blue", "green"])
        assert.strictEqual((yield* live.list()).namespace, "blue")
      }))
  })
}

describe("an alias", () => {
  layer(withServices(inProcess()), { excludeTestServices: true })("in an index of documents", (it) => {
    it.effect("serves what reads, and refuses what writes", () =>
      Effect.gen(function*() {
        const fields = { title: IndexSchema.text() }
        const { name } = yield* Effect.flatMap(Indexes.Indexes, ({ create }) =>
          create({ name: "documents", schema: IndexSchema.make(fields) }))
        const index = yield* DocumentIndex.make({ name, fields })
        const blue = index.namespace("blue")
        yield* blue.upsert([{ _id: "a", title: "green tea" }])
        yield* index.createNamespaceAlias("live", "blue")
        const live = index.namespace("live")
        const found = yield* live.search({ scoreBy: Score.text(["title"], "tea"), topK: 3 })
        assert.deepStrictEqual([
          found.matches.map(({ document }) =>
            document._id
          ),
          found.namespace
        ], [["a"], "blue"])
        assert.deepStrictEqual([...(yield* live.fetch(["a"])).documents.keys()], ["a"])
        assert.deepStrictEqual((yield* live.list()).ids, ["a"])
        const upsert = yield* failure("PineconeAlreadyExists")(live.upsert([{ _id: "b", title: "tea" }]))
        assert.strictEqual(upsert.status, 409)
        yield* failure("PineconePreconditionFailed")(live.delete({ ids: ["a"] }))
        yield* failure("PineconePreconditionFailed")(live.update([{ _id: "a", setFields: { title: "tea" } }]))
        assert.deepStrictEqual((yield* blue.list()).ids, ["a"])
      }))
  })

  layer(withServices(inProcess()), { excludeTestServices: true })("among namespaces", (it) => {
    it.effect.prop(
      "is in whichever history where the last change has put it, and no name is an alias and a namespace",
      {
        steps: FastCheck.array(
          FastCheck.tuple(
            FastCheck.constantFrom("create", "repoint", "delete", "write", "drop"),
            FastCheck.constantFrom("a", "b", "c"),
            FastCheck.constantFrom("a", "b", "c")
          ),
          { maxLength: 20 }
        )
      },
      ({ steps }) =>
        Effect.gen(function*() {
          const index = yield* freshIndex()
          const aliases = new Map<string, string>()
          const namespaces = new Set<string>()
          for (const [what, name, target] of steps) {
            const targetable = namespaces.has(target)
            const [expected, run]: readonly [boolean, Effect.Effect<unknown, unknown>] = what === "create"
              ? [
                !aliases.has(name) && !namespaces.has(name) && targetable,
                index.createNamespaceAlias(name, target)
              ]
              : what === "repoint"
              ? [aliases.has(name) && targetable, index.repointNamespaceAlias(name, target)]
              : what === "delete"
              ? [aliases.has(name), index.deleteNamespaceAlias(name)]
              : what === "write"
              ? [!aliases.has(name), index.upsert([record(name)], { namespace: name })]
              : [namespaces.has(name) && ![...aliases.values()].includes(name), index.deleteNamespace(name)]
            const done = (yield* Effect.either(run))._tag === "Right"
            assert.strictEqual(done, expected, `${what} ${name} ${target}`)
            if (!done) continue
            if (what === "create" || what === "repoint") aliases.set(name, target)
            else if (what === "delete") aliases.delete(name)
            else if (what === "write") namespaces.add(name)
            else namespaces.delete(name)
          }
          const { aliases: all } = yield* index.listNamespaceAliases()
          assert.deepStrictEqual(new Map(all.map(({ name, targetNamespace }) => [name, targetNamespace])), aliases)
        }),
      { fastCheck: { numRuns: 30 } }
    )
  })

  const version = "2026-07"

  layer(PineconeLocal.layerChannel(), { excludeTestServices: true })("on the wire", (it) => {
    it.effect("is refused with a reason for programs", () =>
      Effect.gen(function*() {
        const { told } = yield* ask("POST", "/indexes", {
          body: { name: "reasons", dimension: 3, spec: { serverless: { cloud: "aws", region: "us-east-1" } } }
        })
        const at = askAt(told.host)
        const upsert = (namespace: string) =>
          at("POST", "/vectors/upsert", { body: { namespace, vectors: [record("a")] } })
        yield* upsert("blue")
        yield* upsert("green")
        const create = (body: unknown) => at("POST", "/namespace-aliases", { body, version })
        const made = yield* create({ name: "live", target_namespace: "blue" })
        assert.strictEqual(made.status, 200)
        assert.hasAllKeys(made.told, ["name", "target_namespace", "created_at", "updated_at"])
        const list = (query: string) => at("GET", `/namespace-aliases?${query}`, { version })
        yield* create({ name: "lost", target_namespace: "green" })
        const next = encodeURIComponent((yield* list("limit=1")).told.pagination.next)
        const next2 = encodeURIComponent((yield* list("limit=1&prefix=l")).told.pagination.next)
        yield* create({ name: "lively", target_namespace: "blue" })
        const next3 = encodeURIComponent((yield* list("limit=1&target_namespace=blue")).told.pagination.next)
        const cases: ReadonlyArray<
          readonly [string, typeof made extends infer A ? Effect.Effect<A, never, any> : never, number]
        > = [
          ["ALIAS_NAME_INVALID", create({ name: "a b", target_namespace: "blue" }), 400],
          ["TARGET_NAMESPACE_REQUIRED", create({ name: "new", target_namespace: "" }), 400],
          ["NAMESPACE_TOO_LONG", create({ name: "new", target_namespace: "n".repeat(513) }), 400],
          ["NAMESPACE_INVALID", create({ name: "new", target_namespace: "ä" }), 400],
          ["TARGET_NAMESPACE_NOT_FOUND", create({ name: "new", target_namespace: "none" }), 400],
          ["TARGET_IS_ALIAS", create({ name: "new", target_namespace: "live" }), 400],
          ["ALIAS_ALREADY_EXISTS", create({ name: "live", target_namespace: "green" }), 409],
          ["NAME_IN_USE_BY_NAMESPACE", create({ name: "green", target_namespace: "blue" }), 409],
          ["NAME_IN_USE_BY_ALIAS", upsert("live"), 409],
          ["WRITE_TO_ALIAS", at("POST", "/vectors/delete", { body: { namespace: "live", ids: ["a"] } }), 400],
          ["NAMESPACE_OPERATION_ON_ALIAS", at("GET", "/namespaces/live"), 400],
          ["NAMESPACE_TARGETED_BY_ALIAS", at("DELETE", "/namespaces/blue"), 400],
          [
            "TARGET_IS_ALIAS",
            at("PATCH", "/namespace-aliases/live", { body: { target_namespace: "live" }, version }),
            400
          ],
          ["API_VERSION_TOO_OLD", at("GET", "/namespace-aliases"), 400],
          ["LIST_INVALID_LIMIT", list("limit=101"), 400],
          ["INVALID_PAGINATION_TOKEN", list("paginationToken=x"), 400],
          ["LIST_INVALID_TOKEN_WITH_PREFIX", list(`paginationToken=${next}&prefix=x`), 400],
          ["LIST_INVALID_TOKEN_WITH_TARGET", list(`paginationToken=${next}&target_namespace=x`), 400],
          ["LIST_INVALID_TOKEN_WITH_NEW_PREFIX", list(`paginationToken=${next2}&prefix=x`), 400],
          ["LIST_INVALID_TOKEN_WITH_NEW_TARGET", list(`paginationToken=${next3}&target_namespace=green`), 400],
          ["TARGET_FILTER_EMPTY", list("target_namespace="), 400],
          ["PREFIX_TOO_LONG", list(`prefix=${"p".repeat(513)}`), 400],
          ["PREFIX_MUST_BE_ASCII", list("prefix=%C3%A4"), 400],
          ["PREFIX_MUST_NOT_CONTAIN_NULL_CHARACTER", list("prefix=%00"), 400]
        ]
        for (const [reason, asking, status] of cases) {
          const refused = yield* asking
          assert.deepStrictEqual([refused.status, refused.told.details?.[0]?.reason], [status, reason])
        }
        const there = yield* create({ name: "live", target_namespace: "green" })
        assert.deepStrictEqual(there.told.details[0].metadata, { target_namespace: "blue" })
        assert.strictEqual((yield* list("what=1")).status, 400)
        assert.deepStrictEqual((yield* at("DELETE", "/namespace-aliases/lost", { version })).told, {})
        // With "live" and "lively", as many as an index can have.
        yield* Effect.forEach(range(3, 1000), (i) => create({ name: `alias-${i}`, target_namespace: "blue" }), {
          discard: true
        })
        const tooMany = yield* create({ name: "one-more", target_namespace: "blue" })
        assert.deepStrictEqual(
          [tooMany.status, tooMany.told.details?.[0]?.reason],
          [400, "ALIASES_PER_INDEX_EXCEEDED"]
        )
        // Readers of every version are served.
        const { namespace } = (yield* at("GET", "/vectors/fetch?ids=a&namespace=live", { version: "2024-07" })).told
        assert.strictEqual(namespace, "blue")
      }))
  })

  it.scopedLive("survives a restart, and is in the copies of its index", () =>
    Effect.gen(function*() {
      const data = yield* Effect.flatMap(FileSystem.FileSystem, (fs) => fs.makeTempDirectoryScoped())
      const server = withServices(inProcess({ data }))
      const name = yield* Effect.gen(function*() {
        const { name } = yield* createIndex()
        const index = yield* VectorIndex.make({ name })
        yield* index.upsert([record("b")], { namespace: "blue" })
        yield* index.createNamespaceAlias("live", "blue")
        yield* index.createNamespaceAlias("gone", "blue")
        yield* index.deleteNamespaceAlias("gone")
        const { backupId } = yield* Effect.flatMap(Backups.Backups, ({ create }) => create(name))
        yield* Effect.flatMap(Indexes.Indexes, (indexes) => indexes.createFromBackup({ backupId, name: "restored" }))
        return name
      }).pipe(Effect.provide(server))
      yield* Effect.gen(function*() {
        for (const one of [name, "restored"]) {
          const index = yield* VectorIndex.make({ name: one })
          assert.deepStrictEqual((yield* index.listNamespaceAliases()).aliases.map(({ name }) => name), ["live"])
          assert.deepStrictEqual((yield* index.namespace("live").list()).ids, ["b"])
        }
      }).pipe(Effect.provide(server))
    }).pipe(Effect.provide(NodeContext.layer)))

  it.effect("is refused before it is sent where the client knows", () =>
    Effect.gen(function*() {
      const index = yield* freshIndex()
      for (const name of ["", "a b", "a/b", "..", "__default__", "n".repeat(513)]) {
        const refused = yield* failure("PineconeInvalidRequest")(index.createNamespaceAlias(name, "blue"))
        assert.deepStrictEqual([refused.attempts, refused.field], [0, "name"])
      }
      const target = yield* failure("PineconeInvalidRequest")(index.repointNamespaceAlias("live", ""))
      assert.deepStrictEqual([target.attempts, target.field], [0, "targetNamespace"])
    }).pipe(Effect.provide(withServices(inProcess()))))

  it.scopedLive("is refused to writes over gRPC with its reason in the details of the status", () =>
    Effect.gen(function*() {
      const { url } = yield* PineconeLocal.serve({ port: 0 })
      const version = "2026-07"
      const body = {
        name: "told",
        schema: { fields: { _values: { type: "dense_vector", dimension: 3, metric: "cosine" } } }
      }
      const { host } = (yield* askAt(url)("POST", "/indexes", { version, body })).told
      const vectors = [{ id: "a", values: [1, 2, 3] }]
      yield* askAt(host)("POST", "/vectors/upsert", { version, body: { namespace: "blue", vectors } })
      const alias = { name: "live", target_namespace: "blue" }
      assert.strictEqual((yield* askAt(host)("POST", "/namespace-aliases", { version, body: alias })).status, 200)
      const connection = yield* rawGrpc.connect(host)
      const { encodeRequest, path } = Protocol.methods.delete
      const said = yield* connection.call(path, encodeRequest({ namespace: "live", ids: ["a"] }))
      assert.strictEqual(said.code, 3)
      const bytes = said.trailing["grpc-status-details-bin"]
      if (!Buffer.isBuffer(bytes)) return assert.fail("there are no details")
      // A status with its code, its message, and one detail of a type.
      const status = fieldsOf(bytes)
      assert.deepStrictEqual([status[0], String(status[1])], [[1, 3], `2,${said.message}`])
      const any = fieldsOf(bytesOf(status[2]))
      assert.strictEqual(String(any[0]), "1,type.googleapis.com/google.rpc.ErrorInfo")
      const info = fieldsOf(bytesOf(any[1]))
      assert.deepStrictEqual(info.slice(0, 2).map(String), ["1,WRITE_TO_ALIAS", "2,pinecone.io"])
      assert.deepStrictEqual(fieldsOf(bytesOf(info[2])).map(String), ["1,target_namespace", "2,blue"])
    }).pipe(Effect.provide(FetchHttpClient.layer)))

  it.effect("needs a client of a version that has aliases", () =>
    Effect.gen(function*() {
      const index = yield* freshIndex()
      const refused = yield* failure("PineconeInvalidRequest")(index.createNamespaceAlias("live", "blue"))
      assert.deepStrictEqual([refused.attempts, refused.field], [0, "apiVersion"])
      assert.include(refused.message, "2026-07")
    }).pipe(Effect.provide(withServices(inProcess({}, { apiVersion: "2026-04" })))))
})
