/** What the sides of the comparison with other engines must agree on. */

export const topK = 10

/** Vectors in a file: 32-bit floats, one vector after the other. */
export interface Vectors {
  readonly file: string
  readonly count: number
  readonly dimension: number
}

/** Another number of candidates, or another way to look, over what a side has built. */
export interface Setting {
  readonly name: string
  /** How many candidates a graph looks at for each query, or none for the default. */
  readonly candidates?: number | undefined
  /** How many times as many of those that were found are looked at again, with their numbers as they were written. */
  readonly refine?: number | undefined
}

/** An engine, and the settings in which it is asked; what it builds is the same for all of them. */
export interface Contestant {
  readonly engine: string
  readonly name: string
  readonly settings: ReadonlyArray<Setting>
}

const asItIs: ReadonlyArray<Setting> = [{ name: "" }]

export const ours = "this engine"

export const contestants: ReadonlyArray<Contestant> = [
  { engine: "own", name: ours, settings: asItIs },
  { engine: "usearchExact", name: "usearch, exact", settings: asItIs },
  { engine: "sqliteVec", name: "sqlite-vec", settings: asItIs },
  { engine: "lanceFlat", name: "LanceDB, no index", settings: asItIs },
  {
    engine: "usearch",
    name: "usearch, HNSW",
    settings: [
      { name: ", ef 64, its default" },
      { name: ", ef 16", candidates: 16 },
      { name: ", ef 256", candidates: 256 }
    ]
  },
  {
    engine: "lanceHnsw",
    name: "LanceDB, HNSW of 8-bit codes",
    settings: [
      { name: ", ef 15, its default" },
      { name: ", ef 64", candidates: 64 },
      { name: ", ef 256", candidates: 256 }
    ]
  },
  {
    engine: "lanceIvf",
    name: "LanceDB, IVF_PQ",
    settings: [{ name: "" }, { name: ", refined 10 times", refine: 10 }]
  }
]
