/**
 * @since 0.1.0
 */
export * as Assistant from "./Assistant.js"
export * as Assistants from "./Assistants.js"
export * as Evaluation from "./Evaluation.js"
export * as FileSource from "./FileSource.js"
