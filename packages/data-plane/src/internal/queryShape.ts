import * as Check from "@effect-pinecone/schema/Check"

/** What each field of a query by vector must be, as far as the encoder of the body does not say. */
export const vectorShape = {
  required: { topK: Check.any },
  optional: {
    vector: Check.any,
    sparseVector: Check.any,
    filter: Check.object,
    includeValues: Check.flag,
    includeMetadata: Check.flag,
    onInvalid: Check.oneOf("fail", "collect"),
    scanFactor: Check.any,
    maxCandidates: Check.any
  }
}
