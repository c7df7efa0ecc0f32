/** The engines of the comparison, each loaded by its own process only. All of them rank by the cosine. */
import * as Fs from "node:fs"
import type { Setting, Vectors } from "./compareCase.js"
import { topK } from "./compareCase.js"

/** What has been built from the vectors, whose numbers in the file are their ids. */
export interface Engine {
  /** The ids of the best. */
  readonly search: (vector: Float32Array, setting: Setting) => ReadonlyArray<number> | Promise<ReadonlyArray<number>>
  /** Writes another vector, if it can. */
  readonly add?: (id: number, vector: Float32Array) => void | Promise<void>
}

/** Builds in a folder of its own, which is there. */
export type Build = (vectors: Vectors, folder: string) => Engine | Promise<Engine>

/** The vectors of a file in pieces, so that no side has more of them in memory than it makes of them. */
function* pieces(
  { count, dimension, file }: Vectors,
  perPiece = 5000
): Generator<{ readonly first: number; readonly block: Float32Array<ArrayBuffer> }> {
  const descriptor = Fs.openSync(file, "r")
  for (let first = 0; first < count; first += perPiece) {
    const block = new Float32Array(Math.min(perPiece, count - first) * dimension)
    Fs.readSync(descriptor, new Uint8Array(block.buffer), 0, block.byteLength, 4 * first * dimension)
    yield { first, block }
  }
  Fs.closeSync(descriptor)
}

const each = (vectors: Vectors, f: (id: number, vector: Float32Array) => void): void => {
  for (const { block, first } of pieces(vectors)) {
    for (let i = 0; i * vectors.dimension < block.length; i++) {
      f(first + i, block.subarray(i * vectors.dimension, (i + 1) * vectors.dimension))
    }
  }
}

const own: Build = async (vectors) => {
  const { atOnce } = await import("../../packages/local/src/internal/job.js")
  const { NamespaceView } = await import("../../packages/local/src/internal/namespaceView.js")
  const view = new NamespaceView({ metric: "cosine", dimension: vectors.dimension })
  const add = (id: number, values: Float32Array) =>
    view.upsert({ id: String(id), values, sparseValues: undefined, metadata: undefined })
  each(vectors, add)
  return { search: (vector) => atOnce(view.search({ vector, topK })).map(({ id }) => Number(id)), add }
}

const usearch: Build = async (vectors, folder) => {
  const { Index, MetricKind, ScalarKind } = await import("usearch")
  const config = {
    dimensions: vectors.dimension,
    metric: MetricKind.Cos,
    quantization: ScalarKind.F32,
    connectivity: 0,
    expansion_add: 0,
    expansion_search: 0,
    multi: false
  }
  const index = new Index(config)
  for (const { block, first } of pieces(vectors)) {
    index.add(BigUint64Array.from({ length: block.length / vectors.dimension }, (_, i) => BigInt(first + i)), block)
  }
  // How many candidates it looks at is set when an index is made: others are read from a file.
  const file = `${folder}/index.usearch`
  const others = new Map<number, InstanceType<typeof Index>>()
  const other = (candidates: number) => {
    const known = others.get(candidates)
    if (known !== undefined) return known
    if (!Fs.existsSync(file)) index.save(file)
    const made = new Index({ ...config, expansion_search: candidates })
    made.view(file)
    others.set(candidates, made)
    return made
  }
  return {
    search: (vector, { candidates }) =>
      Array.from((candidates === undefined ? index : other(candidates)).search(vector, topK, 0).keys, Number),
    add: (id, vector) => index.add(BigInt(id), vector)
  }
}

const usearchExact: Build = async (vectors) => {
  const { exactSearch, MetricKind } = await import("usearch")
  const all = new Float32Array(vectors.count * vectors.dimension)
  for (const { block, first } of pieces(vectors)) all.set(block, first * vectors.dimension)
  return {
    // It reads from the start of the memory that a vector is in: only a copy is there.
    search: (vector) =>
      Array.from(exactSearch(all, vector.slice(), vectors.dimension, topK, MetricKind.Cos).keys, Number)
  }
}

const sqliteVec: Build = async (vectors) => {
  const { default: Database } = await import("libsql")
  const { getLoadablePath } = await import("sqlite-vec")
  const database = new Database(":memory:")
  database.loadExtension(getLoadablePath())
  database.exec(
    `CREATE VIRTUAL TABLE vectors USING vec0(id INTEGER PRIMARY KEY, v FLOAT[${vectors.dimension}] distance_metric=cosine)`
  )
  const insert = database.prepare("INSERT INTO vectors (id, v) VALUES (?, ?)")
  const bytesOf = ({ buffer, byteLength, byteOffset }: Float32Array) => Buffer.from(buffer, byteOffset, byteLength)
  const add = (id: number, vector: Float32Array): void => {
    insert.run(BigInt(id), bytesOf(vector))
  }
  database.exec("BEGIN")
  each(vectors, add)
  database.exec("COMMIT")
  const select = database.prepare("SELECT id FROM vectors WHERE v MATCH ? AND k = ? ORDER BY distance")
  return { search: (vector) => select.raw().all(bytesOf(vector), topK).map((row) => Number((row as [number])[0])), add }
}

type IndexOf = (
  lance: typeof import("@lancedb/lancedb"),
  dimension: number
) => import("@lancedb/lancedb").Index | undefined

const lance = (indexOf: IndexOf): Build => async (vectors, folder) => {
  const lance = await import("@lancedb/lancedb")
  const { Field, FixedSizeList, Float32, Int32, makeData, RecordBatch, Schema, Struct, Table } = await import(
    "apache-arrow"
  )
  const { dimension } = vectors
  const list = new FixedSizeList(dimension, new Field("item", new Float32(), true))
  const schema = new Schema([new Field("id", new Int32(), false), new Field("vector", list, false)])
  const tableOf = (first: number, block: Float32Array) => {
    const length = block.length / dimension
    const ids = makeData({ type: new Int32(), data: Int32Array.from({ length }, (_, i) => first + i) })
    const values = makeData({ type: list, length, child: makeData({ type: new Float32(), data: block }) })
    const data = makeData({ type: new Struct(schema.fields), length, children: [ids, values] })
    return new Table([new RecordBatch(schema, data)])
  }
  const connection = await lance.connect(folder)
  const table = await connection.createEmptyTable("vectors", schema)
  for (const { block, first } of pieces(vectors, 20_000)) await table.add(tableOf(first, block))
  const config = indexOf(lance, dimension)
  if (config !== undefined) {
    await table.createIndex("vector", { config })
    await table.waitForIndex(["vector_idx"], 600)
  }
  return {
    search: async (vector, { candidates, refine }) => {
      const all = table.query().nearestTo(vector).distanceType("cosine").limit(topK).select(["id", "_distance"])
      const some = candidates === undefined ? all : all.ef(candidates)
      const rows: Array<{ readonly id: number }> = await (refine === undefined ? some : some.refineFactor(refine))
        .toArray()
      return rows.map(({ id }) => id)
    },
    add: async (id, vector) => {
      await table.add(tableOf(id, vector))
    }
  }
}

export const engines: Readonly<Record<string, Build>> = {
  own,
  usearch,
  usearchExact,
  sqliteVec,
  lanceFlat: lance(() => undefined),
  lanceHnsw: lance(({ Index }) => Index.hnswSq({ distanceType: "cosine" })),
  // A dimension that is no multiple of 8 would have one code for the whole vector, which its own documentation advises against.
  lanceIvf: lance(({ Index }, dimension) =>
    Index.ivfPq({ distanceType: "cosine", ...(dimension % 8 === 0 ? {} : { numSubVectors: dimension / 5 }) })
  )
}
