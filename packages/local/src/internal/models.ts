import type { ModelInfo } from "@effect-pinecone/schema/Inference"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Entry } from "./catalog.js"
import * as catalog from "./catalog.js"
import { InstalledModelsTag } from "./installedModels.js"
import * as problem from "./problem.js"

export { indexModel } from "./catalog.js"

/** A model as it is described. */
export type Model = ModelInfo

export type { Problem } from "./problem.js"

export type InputType = "query" | "passage"

export type Truncate = "END" | "START" | "NONE"

export interface EmbedOptions {
  /**
   * Whether the texts ask or are asked about. The sparse model tells the two apart.
   *
   * @default "passage"
   */
  readonly inputType?: InputType | undefined
  /**
   * How many numbers a dense vector has.
   *
   * @default the model's
   */
  readonly dimension?: number | undefined
  /**
   * What is left out of a text that is too long; with `NONE` it is refused.
   *
   * @default "END"
   */
  readonly truncate?: Truncate | undefined
  /**
   * Whether sparse vectors come with their terms.
   *
   * @default false
   */
  readonly returnTokens?: boolean | undefined
}

/** Vectors in the order of their texts, and how many tokens were read: pieces of words (dense) or words (sparse). */
export type Embedded =
  | { readonly vectorType: "dense"; readonly values: ReadonlyArray<Float32Array>; readonly tokens: number }
  | {
    readonly vectorType: "sparse"
    readonly values: ReadonlyArray<{
      readonly indices: Uint32Array
      readonly values: Float32Array
      readonly tokens?: ReadonlyArray<string>
    }>
    readonly tokens: number
  }

export interface RerankOptions {
  /**
   * What is left out of a text that is too long; with `NONE` it is refused.
   *
   * @default "END"
   */
  readonly truncate?: Truncate | undefined
}

export interface Models {
  /** The models that are here: the server's own, and those that they stand in for. */
  readonly all: ReadonlyArray<Model>
  readonly find: (name: string) => Effect.Effect<Model, problem.Problem>
  readonly embed: (
    model: string,
    texts: ReadonlyArray<string>,
    options?: EmbedOptions
  ) => Effect.Effect<Embedded, problem.Problem>
  /** The scores of the documents, in their order, from 0 to 1. */
  readonly rerank: (
    model: string,
    query: string,
    documents: ReadonlyArray<string>,
    options?: RerankOptions
  ) => Effect.Effect<{ readonly scores: ReadonlyArray<number>; readonly units: number }, problem.Problem>
  /** The most fields of a document that a reranking model reads, if there is such a limit. */
  readonly rankFields: (name: string) => number | undefined
  /** The server's model that answers for one of Pinecone's. */
  readonly standInFor: (name: string) => string | undefined
}

/** The models of the server. */
export class ModelsTag extends Context.Tag("@effect-pinecone/local/internal/Models")<ModelsTag, Models>() {}

export interface Options {
  /**
   * Whether the server's models answer for those of Pinecone's.
   *
   * @default false
   */
  readonly standIns?: boolean | undefined
}

/**
 * A vector of another dimension. Zeros up to a larger one leave every cosine as it is. For a smaller one the first numbers
 * are kept and scaled to length 1: cosines are then near to what they were.
 */
const resized = (vector: Float32Array, dimension: number): Float32Array => {
  if (dimension === vector.length) return vector
  const changed = new Float32Array(dimension)
  changed.set(vector.subarray(0, dimension))
  if (dimension > vector.length) return changed
  const length = Math.hypot(...changed)
  return length === 0 ? changed : changed.map((x) => x / length)
}

const isBlank = (text: string) => text.trim() === ""

/** The model's limits are those of one text, so a batch of any number can be asked for. */
export const make = (options: Options = {}): Effect.Effect<Models, never, InstalledModelsTag> =>
  Effect.gen(function*() {
    const standIns = new Map(catalog.standIns.map((entry) => [entry.info.model, entry]))
    const entries = new Map(
      [...catalog.own, ...(options.standIns === true ? catalog.standIns : [])].map((entry) => [entry.info.model, entry])
    )
    const installed = yield* InstalledModelsTag

    const entry = (name: string): Effect.Effect<Entry, problem.Problem> => {
      const found = entries.get(name)
      if (found !== undefined) return Effect.succeed(found)
      const other = standIns.get(name)
      return problem.notFound(
        other === undefined
          ? `Model ${name.slice(0, 100)} not found.`
          : `Model ${name} not found: Pinecone hosts it, and the embedded server has ${other.runs}. Name that one, or start the server with models.standIns (pinecone-local --stand-in-models) to have it stand in for ${name}.`
      )
    }

    const embed: Models["embed"] = (
      name,
      texts,
      { dimension, inputType = "passage", returnTokens, truncate = "END" } = {}
    ) =>
      Effect.gen(function*() {
        const { info, runs } = yield* entry(name)
        if (info.type !== "embed") return yield* problem.badRequest(`Model ${name} reranks; it does not embed`)
        const blank = texts.findIndex(isBlank)
        if (blank !== -1) return yield* problem.badRequest(`Input ${blank} is empty`)
        if (runs === catalog.sparse) {
          if (dimension !== undefined) {
            return yield* problem.badRequest(`Model ${name} makes vectors without a dimension`)
          }
          const { tokens, values } = yield* installed.embedSparse(texts, {
            inputType,
            truncate,
            maxTokens: catalog.sparseWords
          })
          return {
            vectorType: "sparse",
            tokens,
            values: returnTokens === true ? values : values.map(({ indices, values }) => ({ indices, values }))
          }
        }
        const size = dimension ?? info.defaultDimension ?? catalog.denseDimension
        if (info.supportedDimensions?.includes(size) !== true) {
          return yield* problem.badRequest(`Model ${name} does not support the dimension ${size}`)
        }
        const { tokens, values } = yield* installed.embedDense(texts, { maxTokens: catalog.densePieces, truncate })
        return { vectorType: "dense", tokens, values: values.map((vector) => resized(vector, size)) }
      })

    const rerank: Models["rerank"] = (name, query, documents, { truncate = "END" } = {}) =>
      Effect.gen(function*() {
        const { info } = yield* entry(name)
        if (info.type !== "rerank") return yield* problem.badRequest(`Model ${name} embeds; it does not rerank`)
        if (isBlank(query)) return yield* problem.badRequest("The query is empty")
        const written = documents.filter((text) => !isBlank(text))
        const { values } = yield* installed.embedDense([query, ...written], {
          maxTokens: catalog.densePieces,
          truncate
        })
        const [vector, ...vectors] = values
        const known = vectors.values()
        return {
          units: 1,
          scores: yield* installed.rank(
            { text: query, vector: vector ?? new Float32Array(0) },
            documents.map((text) => ({ text, vector: isBlank(text) ? undefined : known.next().value }))
          )
        }
      })

    return {
      all: Array.from(entries.values(), ({ info }) => info),
      find: (name) => Effect.map(entry(name), ({ info }) => info),
      embed,
      rerank,
      rankFields: (name) => entries.get(name)?.rankFields,
      standInFor: (name) => {
        const found = standIns.get(name)
        return found !== undefined && entries.has(name) ? found.runs : undefined
      }
    }
  })

/** The models that the server has names for. */
export const layer = (options?: Options): Layer.Layer<ModelsTag, never, InstalledModelsTag> =>
  Layer.effect(ModelsTag, make(options))
