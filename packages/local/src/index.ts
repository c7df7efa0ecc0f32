/**
 * @since 0.1.0
 */
export * as LocalModels from "./LocalModels.js"
export * as PineconeLocal from "./PineconeLocal.js"
