/**
 * @since 0.1.0
 */
export * as PineconeLocalModels from "./PineconeLocalModels.js"
