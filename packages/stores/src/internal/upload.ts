import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { ObjectStore } from "../ObjectStore.js"
import type { ObjectStoreError } from "../ObjectStoreError.js"
import { failed } from "./failures.js"
import { partsOf, sized } from "./parts.js"

/** How a service takes an object in parts. */
export interface Protocol {
  readonly put: (key: string, bytes: Uint8Array) => Effect.Effect<void, ObjectStoreError>
  readonly begin: (key: string) => Effect.Effect<string, ObjectStoreError>
  /** Uploads a part, counted from zero, and gives what the service knows it by. */
  readonly part: (
    key: string,
    upload: string,
    index: number,
    bytes: Uint8Array
  ) => Effect.Effect<string, ObjectStoreError>
  readonly complete: (
    key: string,
    upload: string,
    parts: ReadonlyArray<string>,
    bytes: number
  ) => Effect.Effect<void, ObjectStoreError>
  readonly abort: (key: string, upload: string) => Effect.Effect<void, ObjectStoreError>
  readonly uriOf: (key: string) => string
  readonly maxParts: number
}

export interface Sizes {
  readonly partBytes: number
  readonly concurrency: number
}

export const make = (protocol: Protocol, { concurrency, partBytes }: Sizes): Pick<ObjectStore, "write" | "stage"> => {
  const { abort, begin, complete, maxParts, part, put, uriOf } = protocol

  const upload = <E, R>(key: string, parts: Stream.Stream<Uint8Array, E, R>) =>
    Effect.gen(function*() {
      let isDone = false
      let size = 0
      const id = yield* begin(key)
      yield* Effect.addFinalizer(() => isDone ? Effect.void : Effect.ignore(abort(key, id)))
      const uploaded = yield* Stream.zipWithIndex(parts).pipe(
        Stream.mapEffect(
          ([bytes, index]) => {
            if (index >= maxParts) {
              return failed(
                "Refused",
                uriOf(key),
                `it has more than ${maxParts} parts of ${partBytes} bytes: set partBytes to more`
              )
            }
            size += bytes.length
            return part(key, id, index, bytes)
          },
          { concurrency }
        ),
        Stream.runCollect
      )
      return Effect.suspend(() => complete(key, id, Chunk.toReadonlyArray(uploaded), size)).pipe(
        Effect.tap(() =>
          Effect.sync(() => {
            isDone = true
          })
        )
      )
    })

  return {
    stage: (key, body) => upload(key, partsOf(body, partBytes)),
    write: (key, body) =>
      Effect.scoped(Effect.flatMap(sized(body, partBytes), (found) =>
        found._tag === "Whole"
          ? put(key, found.bytes)
          : Effect.flatten(upload(key, found.parts))))
  }
}
