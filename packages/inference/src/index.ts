/**
 * @since 0.1.0
 */
export * as Embedding from "./Embedding.js"
export * as Inference from "./Inference.js"
