/**
 * Everything of `@effect-pinecone/admin/AdminSettings`.
 *
 * @since 0.1.0
 */
export * from "@effect-pinecone/admin/AdminSettings"
// With the other modules in the program, a declaration can name every type of this one.
export type {} from "./index.js"
