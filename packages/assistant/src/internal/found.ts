import type * as PineconeError from "@effect-pinecone/schema/PineconeError"
import * as Effect from "effect/Effect"
import type * as Option from "effect/Option"

/** What is described, where it is there. */
export const found = <A>(
  describe: Effect.Effect<A, PineconeError.RequestError>
): Effect.Effect<Option.Option<A>, Exclude<PineconeError.RequestError, PineconeError.NotFound>> =>
  describe.pipe(Effect.asSome, Effect.catchTag("PineconeNotFound", () => Effect.succeedNone))
