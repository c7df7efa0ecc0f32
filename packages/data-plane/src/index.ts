/**
 * @since 0.1.0
 */
export * as VectorIndex from "./VectorIndex.js"
