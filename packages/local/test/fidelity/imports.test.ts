/**
 * How Pinecone answers to imports, in its own words: a table of folders, and what becomes of an import of each.
 */
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as FileSystem from "@effect/platform/FileSystem"
import * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Path from "@effect/platform/Path"
import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import { pathToFileURL } from "node:url"
import * as PineconeLocal from "../../src/PineconeLocal.js"
import { createIndex } from "../utils/rawHttp.js"
import type { WriteRecord } from "../utils/writeParquet.js"
import { anyColumns, parquetBytes } from "../utils/writeParquet.js"

interface Import {
  readonly id: string
  readonly status: string
  readonly percentComplete: number
  readonly recordsImported: number
  readonly error?: string
}

const request = (request: HttpClientRequest.HttpClientRequest) =>
  Effect.flatMap(HttpClient.execute(request), (response) => response.json)

const post = (url: string, body: unknown) => request(HttpClientRequest.post(url, { body: HttpBody.unsafeJson(body) }))

const describeImport = (host: string, id: string) =>
  Effect.map(request(HttpClientRequest.get(`${host}/bulk/imports/${id}`)), (json) => json as Import)

const start = (host: string, body: object) =>
  Effect.map(post(`${host}/bulk/imports`, body), (json) => (json as { readonly id: string }).id)

const ended = (host: string, id: string) =>
  Effect.repeat(describeImport(host, id), {
    schedule: Schedule.spaced("5 millis"),
    until: ({ status }) => status !== "Pending" && status !== "InProgress"
  }).pipe(Effect.zipRight(describeImport(host, id)))

const counts = (host: string) =>
  Effect.map(post(`${host}/describe_index_stats`, {}), (json) => {
    const { namespaces = {} } = json as { readonly namespaces?: Record<string, { readonly vectorCount: number }> }
    return Object.fromEntries(Object.entries(namespaces).map(([name, { vectorCount }]) => [name, vectorCount]))
  })

let indexes = 0

const freshIndex = (options: object = {}) =>
  createIndex(PineconeLocal.controllerHost, { name: `i-${++indexes}`, ...options })

const records = (count: number): ReadonlyArray<WriteRecord> =>
  Array.from({ length: count }, (_, i) => ({ id: String(i), values: [i + 1, 2, 3] }))

/** Files by their paths in the folder that is imported; a path that ends with a slash is a folder. */
type Files = Readonly<Record<string, Uint8Array | ReadonlyArray<WriteRecord>>>

const written = (files: Files) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const root = path.join(yield* fs.makeTempDirectoryScoped({ prefix: "fidelity-" }), "test-import")
    yield* fs.makeDirectory(root)
    for (const [name, content] of Object.entries(files)) {
      const file = path.join(root, name)
      yield* fs.makeDirectory(name.endsWith("/") ? file : path.dirname(file), { recursive: true })
      if (!name.endsWith("/")) {
        yield* fs.writeFile(file, content instanceof Uint8Array ? content : parquetBytes(content))
      }
    }
    return pathToFileURL(root).href
  })

const columns = (...columnData: Parameters<typeof anyColumns>[0]["columnData"]) => anyColumns({ columnData })

const list = (name: string, type: "FLOAT") => [
  { name, repetition_type: "OPTIONAL" as const, num_children: 1, converted_type: "LIST" as const },
  { name: "list", repetition_type: "REPEATED" as const, num_children: 1 },
  { name: "element", repetition_type: "OPTIONAL" as const, type }
]

/** Ids that are integers, and metadata that is a struct. */
const typed = (what: "id" | "metadata") =>
  anyColumns({
    columnData: [
      what === "id" ? { name: "id", data: [1] } : { name: "id", data: ["a"] },
      { name: "values", data: [[1, 2, 3]] },
      ...(what === "id" ? [] : [{ name: "metadata", data: [{ x: 1 }] }])
    ],
    schema: [
      { name: "root", num_children: what === "id" ? 2 : 3 },
      what === "id"
        ? { name: "id", type: "INT32", repetition_type: "REQUIRED" }
        : { name: "id", type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "REQUIRED" },
      ...list("values", "FLOAT"),
      ...(what === "id" ? [] : [
        { name: "metadata", repetition_type: "OPTIONAL" as const, num_children: 1 },
        { name: "x", type: "INT32" as const, repetition_type: "OPTIONAL" as const }
      ])
    ]
  })

const noRows = anyColumns({
  columnData: [{ name: "id", data: [] }, { name: "values", data: [] }],
  schema: [
    { name: "root", num_children: 2 },
    { name: "id", type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "REQUIRED" },
    ...list("values", "FLOAT")
  ]
})

const footer = "Parquet footer could not be parsed. Are you sure this is valid parquet?"

const skipped = (namespace: string) => `User error: No vectors added, all rows were skipped for namespace: ${namespace}`

const bad = (row: WriteRecord): Files => ({ "ns/0.parquet": [...records(1), row, { id: "z", values: [9, 9, 9] }] })

/** What an import says of the second row of a file. */
const inRow = (problem: string) =>
  `User error: error reading record (file "test-import/ns/0.parquet", row 1): ${problem}`

interface Expected {
  readonly n: number
  readonly ns: Readonly<Record<string, number>>
  /** Absent for an import that is completed. */
  readonly error?: string
}

const nothing = (error: string): Expected => ({ n: 0, ns: {}, error })

interface Case {
  readonly files: Files
  readonly index?: object
  /** Namespaces that have a record before. */
  readonly before?: ReadonlyArray<string>
  /** Added to the uri of the folder. */
  readonly path?: string
  readonly abort: Expected
  /** What else is the same. */
  readonly continued?: Expected
}

const completed = (ns: Readonly<Record<string, number>>): Expected => ({
  n: Object.values(ns).reduce((sum, count) => sum + count, 0),
  ns
})

const sparse = { dimension: undefined, metric: "dotproduct", vector_type: "sparse" }

const cases: Readonly<Record<string, Case>> = {
  "namespaces and the default one": {
    files: { "ns1/0.parquet": records(5), "__default__/1.parquet": records(2), "ns1/.log": new Uint8Array(3) },
    abort: completed({ ns1: 5, "": 2 })
  },
  "an existing namespace": {
    files: { "ns1/0.parquet": records(5) },
    before: ["ns1"],
    abort: {
      n: 0,
      ns: { ns1: 1 },
      error: "User error: The namespace \"ns1\" already exists. Imports are only allowed into nonexistent namespaces."
    }
  },
  "one existing namespace of two": {
    files: { "a/0.parquet": records(5), "b/0.parquet": records(5) },
    before: ["b"],
    abort: {
      n: 0,
      ns: { b: 1 },
      error: "User error: The namespace \"b\" already exists. Imports are only allowed into nonexistent namespaces."
    }
  },
  "a default namespace that is not empty": {
    files: { "__default__/0.parquet": records(5) },
    before: ["__default__"],
    abort: {
      n: 0,
      ns: { "": 1 },
      error:
        "User error: The namespace \"__default__\" already exists. Imports are only allowed into nonexistent namespaces."
    }
  },
  "a file without a namespace": {
    files: { "ns1/0.parquet": records(5), "0.parquet": records(5) },
    abort: nothing(
      "User error: \"test-import/0.parquet\": No namespace detected. Each file should be nested under a subdirectory " +
        "of the URI prefix. This indicates which namespace it should be imported into."
    )
  },
  "an empty folder": {
    files: {},
    abort: nothing(
      "User error: No Parquet files found under \"{uri}\". Files must be stored with the specified bucket prefix."
    )
  },
  "folders without files": {
    files: { "a/": [], "b/notes.txt": new Uint8Array(3) },
    abort: nothing(
      "User error: No Parquet files found under \"{uri}/a\". Files must be stored with the specified bucket prefix."
    )
  },
  "one namespace folder without files": {
    files: { "a/0.parquet": records(5), "b/": [] },
    abort: nothing(
      "User error: No Parquet files found under \"{uri}/b\". Files must be stored with the specified bucket prefix."
    )
  },
  "the path of a file": {
    files: { "0.parquet": records(5) },
    path: "/0.parquet",
    abort: nothing(
      "User error: \"0.parquet\": It looks like you specified a complete path to a parquet file as the URI prefix to " +
        "import from. Note that the URI prefix should give an ancestor directory with subdirectories to specify each " +
        "namespace to import into. See " +
        "https://docs.pinecone.io/guides/data/understanding-imports#directory-structure."
    )
  },
  "a file without ids": {
    files: { "a/0.parquet": records(5), "x/0.parquet": columns({ name: "values", data: [[1, 2, 3]] }) },
    abort: nothing("User error: \"test-import/x/0.parquet\": Missing required column \"id\"")
  },
  "a file without vectors": {
    files: { "x/0.parquet": columns({ name: "id", data: ["a"] }) },
    abort: nothing("User error: \"test-import/x/0.parquet\": Missing required column \"values\"")
  },
  "a file without vectors, for a sparse index": {
    files: { "x/0.parquet": columns({ name: "id", data: ["a"] }) },
    index: sparse,
    abort: nothing("User error: \"test-import/x/0.parquet\": Missing required column \"sparse_values\"")
  },
  "a file of no bytes": {
    files: { "a/0.parquet": records(5), "z/0.parquet": new Uint8Array(0) },
    abort: nothing(`User error: "test-import/z/0.parquet": ${footer}`)
  },
  "a file that is none": {
    files: { "z/0.parquet": new TextEncoder().encode("PAR1 this is no Parquet file PAR1") },
    abort: nothing(`User error: "test-import/z/0.parquet": ${footer}`)
  },
  "ids that are integers": {
    files: { "ii/0.parquet": typed("id") },
    abort: nothing(
      "User error: \"test-import/ii/0.parquet\": The expected data type for column \"id\" is \"STRING\", but got \"INT32\""
    )
  },
  "metadata that is a struct": {
    files: { "sm/0.parquet": typed("metadata") },
    abort: nothing(
      "User error: \"test-import/sm/0.parquet\": The expected data type for metadata is a JSON encoded string in UTF-8 " +
        "format, but got \"STRUCT(x: INT32)\""
    )
  },
  "a namespace that is not ASCII": {
    files: { "ünï/0.parquet": records(3) },
    abort: nothing(
      "User error: \"test-import/ünï\": Invalid namespace 'ünï'. Namespaces names can only be ASCII-printable characters"
    )
  },
  "a vector of another dimension": {
    files: bad({ id: "b", values: [1, 2] }),
    abort: nothing(inRow("Vector dimension 2 does not match the dimension of the index 3")),
    continued: completed({ ns: 2 })
  },
  "a missing id": {
    files: bad({ id: null, values: [1, 2, 4] }),
    abort: nothing(inRow("missing required values in column \"id\"")),
    continued: completed({ ns: 2 })
  },
  "a missing vector": {
    files: bad({ id: "b", values: null }),
    abort: nothing(inRow("missing required values in column \"values\"")),
    continued: completed({ ns: 2 })
  },
  "an id that is not ASCII": {
    files: bad({ id: "ä", values: [1, 2, 4] }),
    abort: nothing(inRow("Vector ID must be ASCII, but got 'ä'")),
    continued: completed({ ns: 2 })
  },
  "an id that is too long": {
    files: bad({ id: "x".repeat(600), values: [1, 2, 4] }),
    abort: nothing(inRow("Vector ID of 600 characters exceeds the limit of 512")),
    continued: completed({ ns: 2 })
  },
  "a vector of zeros": {
    files: bad({ id: "b", values: [0, 0, 0] }),
    abort: nothing(
      inRow("Dense vectors must contain at least one non-zero value. Vector ID 'b' contains only zeros")
    ),
    continued: completed({ ns: 2 })
  },
  "metadata that is not JSON": {
    files: bad({ id: "b", values: [1, 2, 4], metadata: "[1" }),
    abort: nothing(inRow("Failed to parse metadata: ")),
    continued: completed({ ns: 2 })
  },
  "a vector that is there already": {
    files: bad({ id: "b", values: [1, 2, 3] }),
    abort: nothing(inRow("duplicate vector: a record before it in this namespace has the same values")),
    continued: completed({ ns: 2 })
  },
  "the same vector in another file": {
    files: { "ns/0.parquet": records(2), "ns/1.parquet": [{ id: "c", values: [2, 2, 3] }] },
    abort: {
      n: 2,
      ns: { ns: 2 },
      error:
        "User error: error reading record (file \"test-import/ns/1.parquet\", row 0): duplicate vector: a record " +
        "before it in this namespace has the same values"
    },
    continued: completed({ ns: 2 })
  },
  "the same vector in another namespace": {
    files: { "a/0.parquet": records(2), "b/0.parquet": records(2) },
    abort: completed({ a: 2, b: 2 })
  },
  "rows that are all wrong": {
    files: { "ad/0.parquet": [{ id: "a", values: [1] }, { id: "b", values: [2] }] },
    abort: nothing(
      "User error: error reading record (file \"test-import/ad/0.parquet\", row 0): Vector dimension 1 does not match " +
        "the dimension of the index 3"
    ),
    continued: nothing(skipped("ad"))
  },
  "dense vectors for a sparse index": {
    files: { "ad/0.parquet": records(2) },
    index: sparse,
    abort: nothing(
      "User error: error reading record (file \"test-import/ad/0.parquet\", row 0): Upserting dense vectors is not " +
        "supported for sparse indexes"
    ),
    continued: nothing(skipped("ad"))
  },
  "sparse vectors for a dense index": {
    files: { "ad/0.parquet": [{ id: "a", sparseValues: { indices: [1], values: [1] } }] },
    abort: nothing(
      "User error: error reading record (file \"test-import/ad/0.parquet\", row 0): missing required values in column " +
        "\"values\""
    ),
    continued: nothing(skipped("ad"))
  },
  // What Pinecone does here is not documented: these are as they were.
  "columns of other names": {
    files: {
      "ex/0.parquet": columns(
        { name: "id", data: ["a"] },
        { name: "sparse_values", data: [null], type: "STRING" },
        { name: "other", data: ["x"] }
      )
    },
    index: sparse,
    abort: nothing("User error: \"test-import/ex/0.parquet\": The expected data type for column \"sparse_values\" is ")
  },
  "a file of no rows": {
    files: { "no/0.parquet": noRows, "yes/0.parquet": records(1) },
    abort: completed({ yes: 1 })
  },
  "the same id twice": {
    files: { "du/0.parquet": records(1), "du/1.parquet": [{ id: "0", values: [7, 7, 7] }] },
    abort: { n: 2, ns: { du: 1 } }
  },
  "a name in upper case, and folders in folders": {
    files: { "up/0.PARQUET": records(1), "up/deeper/0.parquet": records(1) },
    abort: nothing(
      "User error: No Parquet files found under \"{uri}/up\". Files must be stored with the specified bucket prefix."
    )
  }
}

layer(Layer.merge(PineconeLocal.layerHttpClient(), NodeContext.layer), { excludeTestServices: true })(
  "imports",
  (it) => {
    for (const [name, { abort, before = [], continued = abort, files, index, path = "" }] of Object.entries(cases)) {
      it.scoped(`of ${name}`, () =>
        Effect.gen(function*() {
          const uri = `${yield* written(files)}${path}`
          for (
            const [errorMode, expected] of [[undefined, abort], ["abort", abort], ["continue", continued]] as const
          ) {
            const host = yield* freshIndex(index)
            for (const namespace of before) {
              yield* post(`${host}/vectors/upsert`, { namespace, vectors: [{ id: "before", values: [1, 2, 3] }] })
            }
            const id = yield* start(host, {
              uri,
              ...(errorMode === undefined ? {} : { errorMode: { onError: errorMode } })
            })
            const { error, percentComplete, recordsImported, status } = yield* ended(host, id)
            assert.strictEqual(status, expected.error === undefined ? "Completed" : "Failed", error)
            assert.deepStrictEqual([recordsImported, yield* counts(host)], [expected.n, expected.ns])
            if (expected.error === undefined) {
              assert.deepStrictEqual([percentComplete, error], [100, undefined])
            } else {
              const text = expected.error.replace("{uri}", uri)
              assert.isTrue(error?.startsWith(text), `${error}\nis not\n${text}`)
            }
          }
        }))
    }

    it.scoped("stop at a bad record when they are told to, as they do unless told", () =>
      Effect.gen(function*() {
        const uri = yield* written(bad({ id: "b", values: [1, 2] }))
        const host = yield* freshIndex()
        const { status } = yield* ended(host, yield* start(host, { uri, errorMode: { onError: "abort" } }))
        assert.strictEqual(status, "Failed")
        const again = yield* ended(host, yield* start(host, { uri, errorMode: {} }))
        assert.strictEqual(again.status, "Failed")
      }))

    it.scoped("have short ids, each of its own", () =>
      Effect.gen(function*() {
        const uri = yield* written({ "ns/0.parquet": records(1) })
        const [one, other] = [yield* freshIndex(), yield* freshIndex()]
        const ids = yield* Effect.forEach([one, other, one], (host) => start(host, { uri }))
        assert.strictEqual(new Set(ids).size, 3)
        for (const id of ids) assert.match(id, /^\d{3,}$/)
        yield* Effect.forEach([one, other], (host, i) => ended(host, ids[i]!))
      }))

    it.scoped("of one namespace at the same time are one", () =>
      Effect.gen(function*() {
        const uri = yield* written({ "ns/0.parquet": records(3000) })
        const host = yield* freshIndex()
        const ids = yield* Effect.all([start(host, { uri }), start(host, { uri })], { concurrency: 2 })
        const both = yield* Effect.forEach(ids, (id) => ended(host, id), { concurrency: 2 })
        assert.deepStrictEqual(both.map(({ status }) => status).sort(), ["Completed", "Failed"])
        assert.deepStrictEqual(yield* counts(host), { ns: 3000 })
      }))
  }
)
