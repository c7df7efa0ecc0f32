import * as MetadataIndex from "@effect-pinecone/schema/MetadataIndex"
import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import type { Environment } from "../utils/pinecone.js"
import { collect, failure, freshIndex } from "../utils/pinecone.js"

const record = (id: string) => ({ id, values: [1, 2, 3] })

/** What the data plane does with namespaces, on any server. */
export const namespacesSuite = <E>(server: string, environment: Layer.Layer<Environment, E>) =>
  layer(environment, { excludeTestServices: true })(`namespaces, ${server}`, (it) => {
    it.effect("come into being when they are written to", () =>
      Effect.gen(function*() {
        const index = yield* freshIndex()
        assert.deepStrictEqual((yield* index.listNamespaces()).namespaces, [])
        assert.deepStrictEqual((yield* index.list({ namespace: "new" })).ids, [])
        yield* failure("PineconeNotFound")(index.describeNamespace("new"))
        yield* index.upsert([record("a")], { namespace: "new" })
        assert.strictEqual((yield* index.describeNamespace("new")).recordCount, 1)
      }))

    it.effect("are apart from each other", () =>
      Effect.gen(function*() {
        const index = yield* freshIndex()
        const one = index.namespace("one")
        yield* one.upsert([record("a")])
        yield* index.upsert([record("b")], { namespace: "two" })
        assert.deepStrictEqual((yield* one.list()).ids, ["a"])
        assert.deepStrictEqual((yield* one.list({ namespace: "two" })).ids, ["b"])
        assert.strictEqual((yield* one.fetch(["b"])).records.size, 0)
        yield* one.delete({ deleteAll: true })
        assert.deepStrictEqual((yield* index.list({ namespace: "two" })).ids, ["b"])
      }))

    it.effect("have one default with three names", () =>
      Effect.gen(function*() {
        const index = yield* freshIndex()
        yield* index.upsert([record("a")])
        yield* index.upsert([record("b")], { namespace: "" })
        yield* index.upsert([record("c")], { namespace: "__default__" })
        for (const options of [{}, { namespace: "" }, { namespace: "__default__" }]) {
          const page = yield* index.list(options)
          assert.deepStrictEqual([page.ids, page.namespace], [
            ["a", "b", "c"],
            "namespace" in options ? options.namespace : ""
          ])
          assert.strictEqual((yield* index.query({ ...options, vector: [1, 2, 3], topK: 9 })).matches.length, 3)
          assert.strictEqual((yield* index.fetch(["a", "b", "c"], options)).records.size, 3)
        }
        const { namespaces, totalCount } = yield* index.listNamespaces()
        assert.deepStrictEqual(namespaces.map(({ name, recordCount }) => [name, recordCount]), [["__default__", 3]])
        assert.strictEqual(totalCount, 1)
        assert.strictEqual((yield* index.describeNamespace("__default__")).recordCount, 3)
        yield* index.delete({ deleteAll: true, namespace: "" })
        assert.deepStrictEqual((yield* index.list()).ids, [])
      }))

    it.effect("are created empty, with the fields to index", () =>
      Effect.gen(function*() {
        const index = yield* freshIndex()
        const schema = MetadataIndex.fields("genre", "year")
        const created = yield* index.createNamespace("films", { schema })
        assert.strictEqual(created.name, "films")
        assert.strictEqual(created.recordCount, 0)
        assert.deepStrictEqual(created.schema, schema)
        const described = yield* index.describeNamespace("films")
        assert.deepStrictEqual(described.schema, schema)
        assert.deepStrictEqual([...described.indexedFields?.fields ?? []].sort(), ["genre", "year"])
        assert.isUndefined((yield* index.createNamespace("plain")).schema)
        yield* index.upsert([record("a")], { namespace: "films" })
        assert.deepStrictEqual((yield* index.describeNamespace("films")).schema, schema)
      }))

    it.effect("are created once", () =>
      Effect.gen(function*() {
        const index = yield* freshIndex()
        yield* index.createNamespace("one")
        const again = yield* failure("PineconeAlreadyExists")(index.createNamespace("one"))
        assert.deepStrictEqual([again.status, again.code, again.namespace], [409, "ALREADY_EXISTS", "one"])
        yield* index.upsert([record("a")], { namespace: "two" })
        yield* failure("PineconeAlreadyExists")(index.createNamespace("two"))
      }))

    it.effect("are listed in order, by prefix, page by page", () =>
      Effect.gen(function*() {
        const index = yield* freshIndex()
        const names = ["b", "a-2", "a-1", "a-3", "ca-"]
        yield* Effect.forEach(names, (name) => index.createNamespace(name))
        const namesOf = (all: ReadonlyArray<{ readonly name?: string | undefined }>) => all.map(({ name }) => name)
        const all = yield* index.listNamespaces()
        assert.deepStrictEqual([namesOf(all.namespaces), all.next, all.totalCount], [
          ["a-1", "a-2", "a-3", "b", "ca-"],
          undefined,
          5
        ])
        const first = yield* index.listNamespaces({ prefix: "a-", limit: 2 })
        assert.deepStrictEqual([namesOf(first.namespaces), first.totalCount], [["a-1", "a-2"], 3])
        const second = yield* index.listNamespaces({ prefix: "a-", limit: 2, paginationToken: first.next })
        assert.deepStrictEqual([namesOf(second.namespaces), second.next], [["a-3"], undefined])
        assert.deepStrictEqual(namesOf(yield* collect(index.listNamespacesStream({ limit: 1 }))), [
          "a-1",
          "a-2",
          "a-3",
          "b",
          "ca-"
        ])
        assert.deepStrictEqual(namesOf(yield* collect(index.listNamespacesStream({ prefix: "a-", limit: 3 }))), [
          "a-1",
          "a-2",
          "a-3"
        ])
        // A page goes on where the last one ended, whatever was deleted in between.
        yield* index.deleteNamespace("a-2")
        const after = yield* index.listNamespaces({ prefix: "a-", limit: 2, paginationToken: first.next })
        assert.deepStrictEqual(namesOf(after.namespaces), ["a-3"])
      }))

    it.effect("are deleted with all their records", () =>
      Effect.gen(function*() {
        const index = yield* freshIndex()
        yield* index.upsert([record("a")], { namespace: "one" })
        const { lsn } = yield* index.deleteNamespace("one")
        assert.isDefined(lsn)
        const gone = yield* failure("PineconeNotFound")(index.describeNamespace("one"))
        assert.deepStrictEqual([gone.status, gone.code, gone.namespace], [404, "NOT_FOUND", "one"])
        yield* failure("PineconeNotFound")(index.deleteNamespace("one"))
        assert.deepStrictEqual((yield* index.list({ namespace: "one" })).ids, [])
        yield* index.upsert([record("b")], { namespace: "one" })
        assert.deepStrictEqual((yield* index.list({ namespace: "one" })).ids, ["b"])
      }))

    it.effect("have any name, in a path and in a query string", () =>
      Effect.gen(function*() {
        const index = yield* freshIndex()
        for (const name of ["a/b?c", "a b+c%20d", "x&y=z#w", "__proto__", "constructor", "...", "%2F"]) {
          yield* index.createNamespace(name)
          yield* index.upsert([record("a")], { namespace: name })
          const described = yield* index.describeNamespace(name)
          assert.deepStrictEqual([described.name, described.recordCount], [name, 1])
          assert.deepStrictEqual((yield* index.list({ namespace: name })).ids, ["a"])
          assert.strictEqual((yield* index.fetch(["a"], { namespace: name })).records.size, 1)
          const { namespaces, totalVectorCount } = yield* index.describeIndexStats()
          assert.deepStrictEqual(Object.entries(namespaces ?? {}), [[name, { vectorCount: 1 }]])
          assert.strictEqual(totalVectorCount, 1)
          yield* index.deleteNamespace(name)
          yield* failure("PineconeNotFound")(index.describeNamespace(name))
        }
        // Of printable ASCII characters, wherever it is named.
        for (const namespace of ["naïve/日本", "a\0b", "a\nb"]) {
          const refused = [
            yield* failure("PineconeInvalidRequest")(index.createNamespace(namespace)),
            yield* failure("PineconeInvalidRequest")(index.upsert([record("a")], { namespace })),
            yield* failure("PineconeInvalidRequest")(index.query({ id: "a", topK: 1, namespace })),
            yield* failure("PineconeInvalidRequest")(index.update({ id: "a", values: [1, 2, 3], namespace })),
            yield* failure("PineconeInvalidRequest")(index.delete({ deleteAll: true, namespace })),
            yield* failure("PineconeInvalidRequest")(index.fetch(["a"], { namespace })),
            yield* failure("PineconeInvalidRequest")(index.list({ namespace })),
            yield* failure("PineconeInvalidRequest")(index.describeNamespace(namespace))
          ]
          for (const { message } of refused) assert.include(message, "ASCII")
        }
        assert.deepStrictEqual((yield* index.listNamespaces()).namespaces, [])
      }))
  })
