/**
 * Everything of `@effect-pinecone/control-plane/ConversionJobs`.
 *
 * @since 0.1.0
 */
export * from "@effect-pinecone/control-plane/ConversionJobs"
// With the other modules in the program, a declaration can name every type of this one.
export type {} from "./index.js"
