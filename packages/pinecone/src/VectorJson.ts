/**
 * Everything of `@effect-pinecone/http/VectorJson`.
 *
 * @since 0.1.0
 */
export * from "@effect-pinecone/http/VectorJson"
// With the other modules in the program, a declaration can name every type of this one.
export type {} from "./index.js"
