import type { MetadataSchema, Storable } from "@effect-pinecone/schema/Metadata"
import { Metadata } from "@effect-pinecone/schema/Metadata"
import * as Effect from "effect/Effect"

/** An effect is a stream and a sink too: whatever a method gives, it dies when it is run. */
export const unimplemented = (tag: string, method: string, toGive: string) => () =>
  Effect.suspend(() => {
    const error = new Error(`${tag}: the mock has no method "${method}": pass "${toGive}" to mock`)
    error.name = "UnimplementedError"
    return Effect.die(error)
  })

type Methods = Readonly<Record<string, unknown>>

/** The methods that are given; the others die with their names. */
const indexOf = <A, I extends Storable>(
  names: ReadonlyArray<string>,
  metadata: MetadataSchema<A, I>,
  given: object,
  missing: (method: string) => () => Effect.Effect<never>,
  untyped: () => Methods
): Methods => {
  const index: Methods = {
    ...Object.fromEntries(names.map((method) => [method, missing(method)])),
    metadata,
    namespace: () => index,
    untyped,
    ...Object.fromEntries(Object.entries(given).filter(([, method]) => method !== undefined))
  }
  return index
}

/** An index with a part of its methods. The methods that its untyped view has are not known. */
export const make = <A, I extends Storable>(
  tag: string,
  names: ReadonlyArray<string>,
  metadata: MetadataSchema<A, I>,
  given: object
): Methods => {
  const untyped = (): Methods =>
    indexOf(
      names,
      Metadata,
      {},
      (method) => unimplemented(tag, `untyped().${method}`, "untyped"),
      untyped
    )
  return indexOf(names, metadata, given, (method) => unimplemented(tag, method, method), untyped)
}
