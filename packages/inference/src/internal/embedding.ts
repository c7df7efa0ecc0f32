import type * as Schemas from "@effect-pinecone/schema/Inference"
import type { Embedding } from "../Embedding.js"

/** An embedding as an upsert takes it. */
export const fromAnswer = (answer: Schemas.DenseEmbedding | Schemas.SparseEmbedding): Embedding =>
  answer.vectorType === "dense"
    ? { vectorType: "dense", values: answer.values, sparseValues: undefined, tokens: undefined }
    : {
      vectorType: "sparse",
      values: undefined,
      sparseValues: { indices: answer.sparseIndices, values: answer.sparseValues },
      tokens: answer.sparseTokens
    }

const wireNames: Readonly<Record<string, string>> = { inputType: "input_type", returnTokens: "return_tokens" }

/** The parameters under the names that Pinecone has for them, in the order of their names. */
export const parametersOf = (
  parameters: Readonly<Record<string, unknown>> | undefined
): Readonly<Record<string, unknown>> | undefined => {
  const given = Object.entries(parameters ?? {}).filter(([, value]) => value !== undefined)
  if (given.length === 0) return undefined
  return Object.fromEntries(
    given
      .map(([name, value]) => [Object.hasOwn(wireNames, name) ? wireNames[name]! : name, value] as const)
      .sort(([a], [b]) => a < b ? -1 : 1)
  )
}
