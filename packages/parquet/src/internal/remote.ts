import type { ObjectInfo, ObjectStore } from "@effect-pinecone/stores/ObjectStore"
import type { ObjectStoreError } from "@effect-pinecone/stores/ObjectStoreError"
import * as Stores from "@effect-pinecone/stores/Stores"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as Scope from "effect/Scope"
import { ParquetError } from "../ParquetError.js"

/** Whether a source is a URI, rather than a path. A drive of Windows has one letter. */
export const isUri = (source: string): boolean => /^[a-zA-Z][a-zA-Z0-9+.-]+:\/\//.test(source)

/** How messages call a source: what stands behind the path of a URL can be a signature. */
export const shown = (source: string): string =>
  /^https?:/i.test(source) ? source.replace(/[?#].*$/s, "").replace(/^(https?:\/\/)[^/]*@/i, "$1") : source

export const failed = (reason: "Unreadable" | "Unwritable") => (error: ObjectStoreError): ParquetError =>
  new ParquetError({
    message: error.message,
    reason: error.reason === "NotFound" && reason === "Unreadable" ? "NotFound" : reason,
    file: error.uri,
    store: error
  })

export const unreadable = failed("Unreadable")

/** An object is read in blocks of this size, several at a time. */
const blockBytes = 4 * 1024 * 1024

/** How many blocks after the one that is asked for are fetched, and how many are in memory. */
const ahead = 3
const kept = 8

/** The start of a file names its format, and the end has its footer: mostly all of it. */
const headBytes = 4
const tailBytes = 64 * 1024

/** An object whose bytes are fetched before they are asked for. */
export interface RemoteFile {
  readonly size: number
  readonly readInto: (offset: number, into: Uint8Array) => Effect.Effect<void, ParquetError>
}

const blocksOf = (
  store: ObjectStore,
  { key, size, version }: ObjectInfo,
  scope: Scope.Scope
): RemoteFile["readInto"] => {
  /** In the order of their last use. */
  const blocks = new Map<number, Fiber.RuntimeFiber<Uint8Array, ObjectStoreError>>()

  const begin = (index: number) =>
    Effect.suspend(() => {
      const known = blocks.get(index)
      if (known !== undefined) {
        blocks.delete(index)
        blocks.set(index, known)
        return Effect.succeed(known)
      }
      const offset = index * blockBytes
      const length = Math.min(blockBytes, size - offset)
      return Effect.tap(Effect.forkIn(store.read(key, { offset, length, version }), scope), (fiber) => {
        blocks.set(index, fiber)
        const [oldest] = blocks
        if (blocks.size <= kept || oldest === undefined) return Effect.void
        blocks.delete(oldest[0])
        return Fiber.interruptFork(oldest[1])
      })
    })

  const block = (index: number) =>
    Effect.gen(function*() {
      const fiber = yield* begin(index)
      const last = Math.min(index + ahead, Math.ceil(size / blockBytes) - 1)
      for (let next = index + 1; next <= last; next++) yield* begin(next)
      // The one that is asked for is the last that was used.
      yield* begin(index)
      return yield* Effect.tapErrorCause(Fiber.join(fiber), () => Effect.sync(() => blocks.delete(index)))
    })

  return (offset, into) =>
    Effect.gen(function*() {
      for (let filled = 0; filled < into.length;) {
        const at = offset + filled
        const index = Math.floor(at / blockBytes)
        const bytes = yield* Effect.mapError(block(index), unreadable)
        const start = at - index * blockBytes
        const piece = bytes.subarray(start, start + into.length - filled)
        into.set(piece, filled)
        filled += piece.length
      }
    })
}

/** Opens an object by its URI. Its head and its tail are fetched at once. */
export const open = (uri: string): Effect.Effect<RemoteFile, ParquetError, Scope.Scope> =>
  Effect.gen(function*() {
    const scope = yield* Effect.scope
    const { key, store } = yield* Stores.open(uri)
    const info = yield* store.stat(key)
    const { size, version } = info
    const tailAt = Math.max(0, size - tailBytes)
    const [head, tail] = yield* Effect.all([
      store.read(key, { offset: 0, length: Math.min(headBytes, tailAt), version }),
      store.read(key, { offset: tailAt, length: size - tailAt, version })
    ], { concurrency: 2 })
    const rest = blocksOf(store, info, scope)
    const readInto: RemoteFile["readInto"] = (offset, into) => {
      const end = offset + into.length
      if (end > size) {
        return new ParquetError({
          message: `${shown(uri)} ends at byte ${size}, and bytes up to ${end} were announced. Write the file again`,
          reason: "InvalidFile",
          file: shown(uri)
        })
      }
      if (offset >= tailAt) return Effect.sync(() => into.set(tail.subarray(offset - tailAt, end - tailAt)))
      return end <= head.length ? Effect.sync(() => into.set(head.subarray(offset, end))) : rest(offset, into)
    }
    return { size, readInto }
  }).pipe(Effect.mapError(unreadable))
