import type { ModelInfo, ModelParameter } from "@effect-pinecone/schema/Inference"

/** The models that run here, by the names of what they are. */
export const dense = "universal-sentence-encoder-lite"
export const sparse = "lexical-sparse-english"
export const reranker = "lexical-embedding-reranker"

/** How many numbers the dense model makes of a text. */
export const denseDimension = 512

/** The most pieces of words that the dense model reads of a text. */
export const densePieces = 512

/** The most words that the sparse model reads of a text. */
export const sparseWords = 512

/** A model of the server's, and which of its own runs for it. */
export interface Entry {
  readonly info: ModelInfo
  readonly runs: typeof dense | typeof sparse | typeof reranker
  /** The most fields of a document that it reads. */
  readonly rankFields?: number
}

const inputType = (required: boolean): ModelParameter => ({
  parameter: "input_type",
  type: "one_of",
  valueType: "string",
  required,
  allowedValues: ["query", "passage"],
  ...(required ? {} : { default: "passage" })
})

const truncate: ModelParameter = {
  parameter: "truncate",
  type: "one_of",
  valueType: "string",
  required: false,
  allowedValues: ["END", "START", "NONE"],
  default: "END"
}

const dimension = (allowedValues: ReadonlyArray<number>, byDefault: number): ModelParameter => ({
  parameter: "dimension",
  type: "one_of",
  valueType: "integer",
  required: false,
  allowedValues,
  default: byDefault
})

const returnTokens: ModelParameter = {
  parameter: "return_tokens",
  type: "any",
  valueType: "boolean",
  required: false,
  default: false
}

const denseInfo = {
  model: dense,
  shortDescription: "Universal Sentence Encoder lite, for English: 512 numbers, run by the embedded server.",
  type: "embed",
  vectorType: "dense",
  defaultDimension: denseDimension,
  modality: "text",
  maxSequenceLength: densePieces,
  maxBatchSize: 96,
  providerName: "Google",
  supportedDimensions: [denseDimension],
  supportedMetrics: ["cosine", "dotproduct", "euclidean"],
  supportedParameters: [inputType(false), truncate, dimension([denseDimension], denseDimension)]
} as const satisfies ModelInfo

const sparseInfo = {
  model: sparse,
  shortDescription: "The words of an English text, stemmed and weighted in the manner of BM25, by the embedded server.",
  type: "embed",
  vectorType: "sparse",
  modality: "text",
  maxSequenceLength: sparseWords,
  maxBatchSize: 96,
  providerName: "effect-pinecone",
  supportedMetrics: ["dotproduct"],
  supportedParameters: [inputType(true), truncate, returnTokens]
} as const satisfies ModelInfo

const rerankInfo = {
  model: reranker,
  shortDescription: "Relevance by shared words and by the dense model's cosine, by the embedded server.",
  type: "rerank",
  modality: "text",
  maxSequenceLength: densePieces,
  maxBatchSize: 100,
  providerName: "effect-pinecone",
  supportedParameters: [truncate]
} as const satisfies ModelInfo

/** The models that the server has under their own names. */
export const own: ReadonlyArray<Entry> = [
  { info: denseInfo, runs: dense },
  { info: sparseInfo, runs: sparse },
  { info: rerankInfo, runs: reranker }
]

const standIn = (runs: Entry["runs"], what: string) =>
  `Not the model of this name: ${runs} stands in for it${what}, in the embedded server.`

const standInDense = (
  model: string,
  defaultDimension: number,
  supportedDimensions: ReadonlyArray<number>,
  supportedMetrics: ReadonlyArray<"cosine" | "dotproduct" | "euclidean">
): Entry => ({
  runs: dense,
  info: {
    ...denseInfo,
    model,
    shortDescription: standIn(dense, ", with zeros up to the dimension"),
    defaultDimension,
    supportedDimensions,
    supportedMetrics,
    supportedParameters: [inputType(true), truncate, dimension(supportedDimensions, defaultDimension)]
  }
})

/** A whole number that is taken and changes nothing here: no document is cut by tokens or by chunks of Cohere's. */
const wholeNumber = (parameter: string, max: number, byDefault?: number): ModelParameter => ({
  parameter,
  type: "numeric_range",
  valueType: "integer",
  required: false,
  min: 1,
  max,
  ...(byDefault === undefined ? {} : { default: byDefault })
})

const standInReranker = (
  model: string,
  about: Pick<ModelInfo, "maxBatchSize"> & Partial<Pick<ModelInfo, "supportedParameters">>,
  rankFields?: number
): Entry => ({
  runs: reranker,
  info: { ...rerankInfo, model, shortDescription: standIn(reranker, ""), ...about },
  ...(rankFields === undefined ? {} : { rankFields })
})

/** The models of Pinecone's that one of the server's can stand in for. */
export const standIns: ReadonlyArray<Entry> = [
  standInDense("llama-text-embed-v2", 1024, [384, 512, 768, 1024, 2048], ["cosine", "dotproduct"]),
  standInDense("multilingual-e5-large", 1024, [1024], ["cosine", "euclidean"]),
  {
    runs: sparse,
    info: { ...sparseInfo, model: "pinecone-sparse-english-v0", shortDescription: standIn(sparse, "") }
  },
  standInReranker("bge-reranker-v2-m3", { maxBatchSize: 100 }, 1),
  standInReranker("cohere-rerank-4-fast", {
    maxBatchSize: 250,
    supportedParameters: [truncate, wholeNumber("max_tokens_per_doc", 4096, 1024)]
  }),
  standInReranker("cohere-rerank-3.5", {
    maxBatchSize: 200,
    supportedParameters: [truncate, wholeNumber("max_chunks_per_doc", 3072)]
  }),
  standInReranker("pinecone-rerank-v0", { maxBatchSize: 100 }, 1)
]

/** What an index needs to know of the model that it is made for. */
export interface IndexModel {
  readonly vectorType: "dense" | "sparse"
  readonly dimension: number | undefined
  readonly dimensions: ReadonlyArray<number>
  /** The metric of an index for which none is asked. */
  readonly metric: "cosine" | "dotproduct"
  /** The metrics that an index can have. */
  readonly metrics: ReadonlyArray<string>
}

const embedding = new Map(
  [...own, ...standIns].flatMap(({ info }): ReadonlyArray<[string, IndexModel]> =>
    info.type === "embed"
      ? [[info.model, {
        vectorType: info.vectorType === "sparse" ? "sparse" : "dense",
        dimension: info.defaultDimension,
        dimensions: info.supportedDimensions ?? [],
        metric: info.vectorType === "sparse" ? "dotproduct" : "cosine",
        metrics: info.supportedMetrics ?? []
      }]]
      : []
  )
)

/** The embedding model that an index can be made for: one of the server's or of Pinecone's. */
export const indexModel = (name: string): IndexModel | undefined => embedding.get(name)
