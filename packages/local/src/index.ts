/**
 * @since 0.1.0
 */
export * as PineconeLocal from "./PineconeLocal.js"
