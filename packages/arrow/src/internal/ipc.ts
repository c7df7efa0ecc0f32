import type { RecordBatch } from "apache-arrow"
import { RecordBatchReader } from "apache-arrow"
import * as Cause from "effect/Cause"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Runtime from "effect/Runtime"
import * as Stream from "effect/Stream"
import { IpcError } from "../ArrowError.js"

const markBytes = 8

/** The first piece is made long enough to tell a file by its mark, and pieces without bytes are left out. */
const withStart = <E, R>(bytes: Stream.Stream<Uint8Array, E, R>): Stream.Stream<Uint8Array, E, R> =>
  Stream.suspend(() => {
    let start: Uint8Array | undefined = new Uint8Array(0)
    return Stream.concat(
      Stream.mapConcat(bytes, (piece) => {
        if (piece.length === 0) return []
        if (start === undefined) return [piece]
        const joined: Uint8Array = new Uint8Array(start.length + piece.length)
        joined.set(start)
        joined.set(piece, start.length)
        start = joined.length < markBytes ? joined : undefined
        return start === undefined ? [joined] : []
      }),
      // What is shorter than the mark is left for the reader to refuse.
      Stream.suspend(() => start === undefined || start.length === 0 ? Stream.empty : Stream.make(start))
    )
  })

const ipcError = (cause: unknown): IpcError =>
  new IpcError({
    message: `the bytes are no Arrow IPC stream or file, or end too early: ${
      cause instanceof Error ? cause.message : String(cause)
    }`,
    cause
  })

/**
 * The batches of an IPC stream or file. The reader pulls from an iterator of promises, behind which a fiber pulls from the
 * stream: closing the scope interrupts that fiber, so that the reader never waits for bytes that nobody brings.
 */
export const batches = <E, R>(
  bytes: Stream.Stream<Uint8Array, E, R>
): Stream.Stream<RecordBatch, E | IpcError, R> =>
  Stream.unwrapScoped(Effect.gen(function*() {
    const pull = yield* Stream.toPull(withStart(bytes))
    const runtime = yield* Effect.runtime<R>()
    let failure: Cause.Cause<E> | undefined
    let running: Fiber.RuntimeFiber<Chunk.Chunk<Uint8Array>, Option.Option<E>> | undefined
    let isEmpty = true
    let isClosed = false

    const pulled = (): Promise<ReadonlyArray<Uint8Array>> =>
      new Promise((resolve) => {
        if (isClosed) return resolve([])
        const fiber = Runtime.runFork(runtime)(pull)
        running = fiber
        fiber.addObserver((exit) => {
          running = undefined
          if (Exit.isSuccess(exit)) return resolve(Chunk.toReadonlyArray(exit.value))
          const failed = Cause.failureOrCause(exit.cause)
          if (failed._tag === "Right") failure = failed.right
          else if (Option.isSome(failed.left)) failure = Cause.fail(failed.left.value)
          isClosed = true
          resolve([])
        })
      })

    async function* source(): AsyncGenerator<Uint8Array> {
      while (true) {
        const chunk = await pulled()
        if (isClosed) return
        for (const bytes of chunk) {
          isEmpty = false
          yield bytes
        }
      }
    }

    yield* Effect.addFinalizer(() =>
      Effect.suspend(() => {
        isClosed = true
        return running === undefined ? Effect.void : Effect.asVoid(running.interruptAsFork(running.id()))
      })
    )
    /** What the source fails with comes before what the reader makes of its end. */
    const orFailure = <A>(effect: Effect.Effect<A, IpcError>): Effect.Effect<A, E | IpcError> =>
      Effect.suspend(() => effect).pipe(
        Effect.exit,
        Effect.flatMap((exit): Effect.Effect<A, E | IpcError> =>
          failure === undefined ? exit : Effect.failCause(failure)
        )
      )
    const reader = yield* orFailure(Effect.tryPromise({ try: () => RecordBatchReader.from(source()), catch: ipcError }))
    const opened = yield* orFailure(
      Effect.tryPromise({ try: async () => reader.open({ autoDestroy: false }), catch: ipcError })
    )
    const next = orFailure(Effect.tryPromise({ try: async () => opened.next(), catch: ipcError }))
    return Stream.repeatEffectOption(
      Effect.flatMap(
        Effect.mapError(next, Option.some),
        (result): Effect.Effect<RecordBatch, Option.Option<IpcError>> => {
          if (result.done !== true) return Effect.succeed(result.value)
          // Without a schema there was no stream.
          return opened.schema === undefined || isEmpty
            ? Effect.fail(Option.some(ipcError("there is no schema")))
            : Effect.fail(Option.none())
        }
      )
    )
  }))
