/** Any requests and answers of the methods, with what is easily got wrong among them. */
import { FastCheck } from "../../../../scripts/testing/properties.js"
import type { Answers, MethodName, Requests } from "../../src/Protocol.js"

type Arbitrary<A> = FastCheck.Arbitrary<A>

const { array, bigInt, boolean, constantFrom, double, float, nat, oneof, record, tuple } = FastCheck

const text: Arbitrary<string> = oneof(
  FastCheck.string({ maxLength: 12, unit: "grapheme" }),
  FastCheck.string({ maxLength: 12, unit: "binary" }).map((any) => Buffer.from(any).toString()),
  constantFrom("", "__proto__", "constructor", "toString", "\0", "😀", "ü")
)

/** No NaN, whose bits do not survive in a number of JavaScript. */
const floats: Arbitrary<Float32Array> = array(
  oneof(
    float({ noNaN: true }),
    constantFrom(-0, 1.401298464324817e-45, -1.1754942106924411e-38, 3.4028234663852886e38)
  ),
  { maxLength: 9 }
).map((values) => Float32Array.from(values))

const uint32 = oneof(nat(), constantFrom(0, 1, 2 ** 31, 2 ** 32 - 1))

const int32 = nat(2 ** 31 - 1)

const uint64 = oneof(bigInt(0n, BigInt(Number.MAX_SAFE_INTEGER)).map(Number), constantFrom(2 ** 32, 2 ** 53 - 1))

const sparse = record({ indices: array(uint32, { maxLength: 9 }).map((all) => Uint32Array.from(all)), values: floats })

const dictionary = <A>(value: Arbitrary<A>): Arbitrary<{ readonly [key: string]: A }> =>
  array(tuple(text, value), { maxLength: 5 }).map((entries) => Object.fromEntries(entries))

const json = FastCheck.letrec((tie) => ({
  value: oneof(
    { depthSize: "small" },
    FastCheck.constant(null),
    boolean(),
    oneof(double({ noNaN: true, noDefaultInfinity: true }), constantFrom(-0, 5e-324)),
    text,
    array(tie("value"), { maxLength: 4 }),
    dictionary(tie("value"))
  )
}))

/** Metadata, or a filter. */
const object = dictionary(json.value)

/** A record of which any of the second fields may be absent. */
const partly = <A, B>(
  needed: { readonly [K in keyof A]: Arbitrary<A[K]> },
  others: { readonly [K in keyof B]: Arbitrary<B[K]> }
): Arbitrary<A & Partial<B>> =>
  tuple(record(needed), record(others, { requiredKeys: [] })).map(([a, b]) => ({ ...a, ...b }) as A & Partial<B>)

const parts = { values: floats, sparseValues: sparse, metadata: object }

const vector = partly({ id: text }, parts)

const byId = FastCheck.uniqueArray(vector, { selector: ({ id }) => id, maxLength: 4 })

const scored = partly({ id: text, score: float({ noNaN: true }) }, parts)

const usage = record({ readUnits: uint32 }, { requiredKeys: [] })

const pagination = record({ next: text })

const schema = record({ fields: dictionary(record({ filterable: boolean() })) })

const description = partly({ name: text, recordCount: uint64 }, {
  schema,
  indexedFields: record({ fields: array(text, { minLength: 1, maxLength: 3 }) })
})

const time = FastCheck.date({ min: new Date("1900-01-01"), max: new Date("2200-01-01"), noInvalidDate: true })

const alias = record({ name: text, targetNamespace: text, createdAt: time, updatedAt: time })

const page = record({ prefix: text, limit: uint32, paginationToken: text }, { requiredKeys: [] })

const matches = array(scored, { maxLength: 4 })

export const requests: { readonly [M in MethodName]: Arbitrary<Requests[M]> } = {
  upsert: partly({ vectors: array(vector, { maxLength: 4 }) }, { namespace: text }),
  query: partly({ topK: uint32 }, {
    namespace: text,
    filter: object,
    includeValues: boolean(),
    includeMetadata: boolean(),
    vector: floats,
    sparseVector: sparse,
    id: text,
    scanFactor: float({ noNaN: true }),
    maxCandidates: uint32,
    queries: array(
      partly({ values: floats }, { sparseValues: sparse, topK: uint32, namespace: text, filter: object }),
      { maxLength: 3 }
    )
  }),
  update: record({
    id: text,
    values: floats,
    sparseValues: sparse,
    setMetadata: object,
    namespace: text,
    filter: object,
    dryRun: boolean()
  }, { requiredKeys: [] }),
  fetch: partly({ ids: array(text, { maxLength: 4 }) }, { namespace: text }),
  fetchByMetadata: record({ namespace: text, filter: object, limit: uint32, paginationToken: text }, {
    requiredKeys: []
  }),
  delete: record({ ids: array(text, { maxLength: 4 }), deleteAll: boolean(), namespace: text, filter: object }, {
    requiredKeys: []
  }),
  list: record({ prefix: text, limit: uint32, paginationToken: text, namespace: text }, { requiredKeys: [] }),
  describeIndexStats: record({ filter: object }, { requiredKeys: [] }),
  listNamespaces: page,
  createNamespace: partly({ name: text }, { schema }),
  describeNamespace: record({ namespace: text }),
  deleteNamespace: record({ namespace: text }),
  listNamespaceAliases: record({ prefix: text, limit: uint32, paginationToken: text, targetNamespace: text }, {
    requiredKeys: []
  }),
  createNamespaceAlias: record({ name: text, targetNamespace: text }),
  describeNamespaceAlias: record({ aliasName: text }),
  repointNamespaceAlias: record({ aliasName: text, targetNamespace: text }),
  deleteNamespaceAlias: record({ aliasName: text })
}

export const answers: { readonly [M in MethodName]: Arbitrary<Answers[M]> } = {
  upsert: record({ upsertedCount: uint32 }),
  query: partly({ matches, namespace: text }, {
    usage,
    results: array(record({ matches, namespace: text }), { maxLength: 3 })
  }),
  update: record({ matchedRecords: int32 }, { requiredKeys: [] }),
  fetch: partly({ vectors: byId, namespace: text }, { usage }),
  fetchByMetadata: partly({ vectors: byId, namespace: text }, { usage, pagination }),
  delete: FastCheck.constant({}),
  list: partly({ vectors: array(record({ id: text }), { maxLength: 4 }), namespace: text }, { usage, pagination }),
  describeIndexStats: partly({
    namespaces: dictionary(record({ vectorCount: uint32 })),
    indexFullness: float({ noNaN: true }),
    totalVectorCount: uint32
  }, {
    dimension: uint32,
    metric: text,
    vectorType: text,
    memoryFullness: float({ noNaN: true }),
    storageFullness: float({ noNaN: true })
  }),
  listNamespaces: partly({ namespaces: array(description, { maxLength: 4 }), totalCount: int32 }, { pagination }),
  createNamespace: description,
  describeNamespace: description,
  deleteNamespace: FastCheck.constant({}),
  listNamespaceAliases: partly({ namespaceAliases: array(alias, { maxLength: 4 }), totalCount: int32 }, { pagination }),
  createNamespaceAlias: alias,
  describeNamespaceAlias: alias,
  repointNamespaceAlias: alias,
  deleteNamespaceAlias: FastCheck.constant({})
}
