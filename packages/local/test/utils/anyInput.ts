import * as PineconeError from "@effect-pinecone/schema/PineconeError"
import { assert } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Runtime from "effect/Runtime"
import { FastCheck } from "../../../../scripts/testing/properties.js"
import { hostile } from "../../../schema/test/utils/hostile.js"

/** Anything at all, made where it is wanted. */
export type Any = FastCheck.Arbitrary<() => unknown>

/** A method, and what its arguments may be. */
export type Method<Service> = readonly [
  call: (service: Service, first: unknown, second: unknown) => Effect.Effect<unknown, unknown>,
  first: Any,
  second: Any
]

/** A value of a type that the compiler would refuse. */
export const wrong = (value: unknown): never => value as never

/** A success, or an error of the SDK's with a message that is none of a Schema's. */
const ends = (exit: Exit.Exit<unknown, unknown>, how: string, errorOf: (error: unknown) => unknown) => {
  if (Exit.isSuccess(exit)) return
  const { cause } = exit
  assert.isTrue(Cause.isFailure(cause) && Chunk.isEmpty(Cause.defects(cause)), `${how}: ${Cause.pretty(cause)}`)
  const error: unknown = Cause.squash(cause)
  assert.isTrue(PineconeError.isPineconeError(errorOf(error)), `${how}: ${String(error)}`)
  if (error instanceof Error && error.message.includes("└─")) console.log(error.message, error)
  if (error instanceof Error) assert.notInclude(error.message, "└─", how)
}

/** Gives a method all that JavaScript and JSON can, and sees how it ends. */
export const tried = <Service>(
  name: string,
  service: Service,
  [call, first, second]: Method<Service>,
  errorOf: (error: unknown) => unknown = (error) => error
): Effect.Effect<void> =>
  Effect.gen(function*() {
    const runtime = yield* Effect.runtime<never>()
    const run = (a: unknown, b: unknown) => Runtime.runPromiseExit(runtime)(Effect.suspend(() => call(service, a, b)))
    for (const [of, make] of hostile) {
      ends(yield* Effect.promise(() => run(make(), undefined)), of, errorOf)
      ends(yield* Effect.promise(() => run("nowhere", make())), of, errorOf)
    }
    yield* Effect.promise(() =>
      FastCheck.assert(
        FastCheck.asyncProperty(first, second, async (a, b) => ends(await run(a(), b()), name, errorOf)),
        { numRuns: 60, endOnFailure: true, ...(process.env["S"] ? JSON.parse(process.env["S"]) : {}) }
      )
    )
  })
