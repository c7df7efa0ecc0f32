/**
 * @since 0.1.0
 */
export * as FanOut from "./FanOut.js"
export * as Ingest from "./Ingest.js"
export * as Search from "./Search.js"
export * as VectorIndex from "./VectorIndex.js"
