/**
 * Everything of `@effect-pinecone/data-plane/NamespaceAliases`.
 *
 * @since 0.1.0
 */
export * from "@effect-pinecone/data-plane/NamespaceAliases"
// With the other modules in the program, a declaration can name every type of this one.
export type {} from "./index.js"
