import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { Body } from "../ObjectStore.js"

/** Pieces of a stream as parts of one size, and a last one that is smaller. */
const grouped = <E, R>(pieces: Stream.Stream<Uint8Array, E, R>, size: number): Stream.Stream<Uint8Array, E, R> =>
  Stream.suspend(() => {
    let part: Uint8Array | undefined
    let filled = 0
    const add = (piece: Uint8Array): ReadonlyArray<Uint8Array> => {
      const full: Array<Uint8Array> = []
      for (let at = 0; at < piece.length;) {
        part ??= new Uint8Array(size)
        const taken = Math.min(size - filled, piece.length - at)
        part.set(piece.subarray(at, at + taken), filled)
        filled += taken
        at += taken
        if (filled === size) {
          full.push(part)
          part = undefined
          filled = 0
        }
      }
      return full
    }
    return Stream.concat(
      // One by one: a chunk of pieces can be larger than all parts that may be in memory.
      Stream.rechunk(Stream.mapConcat(pieces, add), 1),
      Stream.suspend(() => part === undefined ? Stream.empty : Stream.make(part.subarray(0, filled)))
    )
  })

const cut = (bytes: Uint8Array, size: number): Stream.Stream<Uint8Array> =>
  Stream.unfold(
    0,
    (at) => at >= bytes.length ? Option.none() : Option.some([bytes.subarray(at, at + size), at + size] as const)
  )

/** The parts of a body, at least one. */
export const partsOf = <E, R>(body: Body<E, R>, size: number): Stream.Stream<Uint8Array, E, R> =>
  Stream.orElseIfEmpty(
    Stream.rechunk(body instanceof Uint8Array ? cut(body, size) : grouped(body, size), 1),
    () => new Uint8Array(0)
  )

/** A body whose end was looked for: all of it, or the parts of something larger. */
type Sized<E, R> =
  | { readonly _tag: "Whole"; readonly bytes: Uint8Array }
  | { readonly _tag: "Parts"; readonly parts: Stream.Stream<Uint8Array, E, R> }

/** Whether a body is one part, for which the second one is waited for. */
export const sized = <E, R>(body: Body<E, R>, size: number): Effect.Effect<Sized<E, R>, E, R | Scope.Scope> =>
  Effect.gen(function*() {
    const pull = yield* Stream.toPull(partsOf(body, size))
    const next = Effect.catchAll(
      Effect.asSome(pull),
      Option.match({ onNone: () => Effect.succeedNone, onSome: (error: E) => Effect.fail(error) })
    )
    const first = Option.getOrElse(yield* next, () => Chunk.empty<Uint8Array>())
    const second = yield* next
    if (Option.isNone(second)) {
      return { _tag: "Whole", bytes: Option.getOrElse(Chunk.head(first), () => new Uint8Array(0)) }
    }
    return {
      _tag: "Parts",
      parts: Stream.concat(
        Stream.fromChunk(Chunk.appendAll(first, second.value)),
        Stream.repeatEffectChunkOption(pull)
      )
    }
  })
