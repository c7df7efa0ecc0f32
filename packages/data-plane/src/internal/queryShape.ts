import * as input from "./input.js"

/** What each field of a query by vector must be, as far as the encoder of the body does not say. */
export const vectorShape = {
  required: { topK: input.any },
  optional: {
    vector: input.any,
    sparseVector: input.any,
    filter: input.object,
    includeValues: input.flag,
    includeMetadata: input.flag,
    scanFactor: input.any,
    maxCandidates: input.any
  }
}
