/** What runs effects. */
export { runFork } from "effect/Effect"
export { mergeAll } from "effect/Layer"
export { make } from "effect/ManagedRuntime"
export { unwrap } from "effect/Stream"
