/**
 * Everything of `@effect-pinecone/http/AdminApi2026_04`.
 *
 * @since 0.1.0
 */
export * from "@effect-pinecone/http/AdminApi2026_04"
// With the other modules in the program, a declaration can name every type of this one.
export type {} from "./index.js"
