import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import { globalValue } from "effect/GlobalValue"

/** The version of the API that the running request is of. */
export const current: FiberRef.FiberRef<string> = globalValue(
  "@effect-pinecone/local/internal/apiVersion/current",
  () => FiberRef.unsafeMake("2026-04")
)

/** Whether the running request is of a version, or of a later one: versions are dates. */
export const atLeast = (version: string): Effect.Effect<boolean> =>
  Effect.map(FiberRef.get(current), (asked) => asked >= version)
