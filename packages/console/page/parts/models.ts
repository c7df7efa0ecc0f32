/** The Schemas of indexes, and of what may go wrong. */
export { IndexModel } from "effect-pinecone/IndexModel"
export { NotFound } from "effect-pinecone/PineconeError"
