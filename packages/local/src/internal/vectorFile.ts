import type * as PlatformError from "@effect/platform/Error"
import type * as FileSystem from "@effect/platform/FileSystem"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { kernel } from "./kernel/kernel.js"
import * as sums from "./kernel/sums.js"
import { crc32 } from "./sqlite/crc32.js"
import type { Vectors } from "./sqlite/protocol.js"
import { turn } from "./turn.js"
import type { Region, VectorsInFile } from "./vectorBlock.js"
import { rowsPerPage } from "./vectorBlock.js"

/**
 * A file with the vectors of one namespace, in the order in which its records were first inserted, to be read in large
 * pieces. Everything in it comes from the database, which stays the truth: a file that is not exactly what was written for
 * the database as it is now is not used. Numbers are little-endian.
 *
 * ```
 * header    4096 bytes   magic, version, dimension, records, records in a chunk, last place, token; checksums of the rest
 *                        but the vectors, and of the header itself in its last four bytes
 * vectors   dimension 32-bit floats for each record
 * places    32 bits for each record: its place in the database, and in the highest bit whether it has no vector
 * checks    a checksum for each chunk of vectors: see `sums.ts`
 * ```
 *
 * A file never changes. Its token says which state of the database it belongs to: the database has the same one for as long
 * as it knows of each change since.
 */
export interface Identity {
  readonly token: string
  readonly dimension: number
  /** The last place that the file may have. */
  readonly last: number
}

/** Why a file is not used: the end of a sentence that begins with its name. */
export class Unusable extends Data.TaggedError("Unusable")<{ readonly message: string }> {}

const magic = Buffer.from("PcLoVec\n", "latin1")

/** Those of version 1 had checksums that took longer than the reading. */
const version = 2

const headerSize = 4096

const tokenSize = 36

const withoutVector = 2 ** 31

/** So many bytes of vectors are read at once, one chunk at least. */
const readSize = 2 ** 21

/** How many reads are under way at once. */
export const readers = 3

/** So many are checked at once before they are believed: they are side by side in memory too. */
export const rowsPerChunk = rowsPerPage

const bytesOf = ({ buffer, byteLength, byteOffset }: Uint32Array | Float32Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength)

const unusable = (message: string) => new Unusable({ message })

// -----------------------------------------------------------------------------
// Writing
// -----------------------------------------------------------------------------

const headerOf = ({ dimension, last, token }: Identity, count: number, tail: number): Buffer => {
  const header = Buffer.alloc(headerSize)
  magic.copy(header)
  header.writeUInt32LE(version, 8)
  header.writeUInt32LE(dimension, 12)
  header.writeUInt32LE(count, 16)
  header.writeUInt32LE(rowsPerChunk(dimension), 20)
  header.writeUInt32LE(last, 24)
  header.write(token, 28, tokenSize, "latin1")
  header.writeUInt32LE(tail, headerSize - 8)
  header.writeUInt32LE(crc32(header.subarray(0, headerSize - 4)), headerSize - 4)
  return header
}

/**
 * Writes a file under another name first, and gives it its own once it is whole. Each batch but the last has as many rows as
 * a chunk. It is not flushed: where the power fails meanwhile, the checksums tell.
 */
export const write = <E>(
  fs: FileSystem.FileSystem,
  path: string,
  identity: Identity,
  batches: Stream.Stream<Vectors, E>
): Effect.Effect<void, E | PlatformError.PlatformError> => {
  const unfinished = unfinishedOf(path)
  return Effect.scoped(Effect.gen(function*() {
    const file = yield* fs.open(unfinished, { flag: "w", mode: 0o600 })
    const places: Array<Uint32Array> = []
    const checks: Array<number> = []
    const sumOf = sums.make(kernel)
    yield* file.writeAll(new Uint8Array(headerSize))
    yield* Stream.runForEach(batches, (batch) =>
      Effect.gen(function*() {
        const bytes = bytesOf(batch.vectors)
        checks.push(sumOf(bytes))
        places.push(batch.places.map((place, i) => batch.states[i] === 2 ? place : place + withoutVector))
        yield* file.writeAll(bytes)
        yield* turn
      }))
    const tail = Buffer.concat([...places.map(bytesOf), bytesOf(Uint32Array.from(checks))])
    yield* file.writeAll(tail)
    const count = places.reduce((sum, { length }) => sum + length, 0)
    yield* file.seek(0, "start")
    yield* file.writeAll(headerOf(identity, count, crc32(tail)))
  })).pipe(
    Effect.andThen(fs.rename(unfinished, path)),
    Effect.onError(() => Effect.ignore(fs.remove(unfinished, { force: true })))
  )
}

/** What a file is called before it is whole. */
export const unfinishedOf = (path: string): string => `${path}.new`

// -----------------------------------------------------------------------------
// Reading
// -----------------------------------------------------------------------------

export interface Opened {
  /** The places of its records, by slot. */
  readonly places: Uint32Array
  readonly hasVector: (slot: number) => boolean
  /** Where the vectors are. The file is open as long as the scope that it was opened in. */
  readonly vectors: VectorsInFile
  /** So many rows, at most, are read at once. */
  readonly rowsPerRead: number
  /**
   * Reads all vectors, each piece to the regions that it is given, and tells of each part of it once it is known to be what
   * was written, as long as the answer is that more are wanted.
   */
  readonly read: (
    regionsFor: (firstSlot: number, rows: number) => ReadonlyArray<Region>,
    taken: (firstSlot: number, rows: number) => boolean
  ) => Effect.Effect<void, Unusable>
}

const fromPlatform = (error: PlatformError.PlatformError): Unusable =>
  unusable(error._tag === "SystemError" && error.reason === "NotFound" ? "is missing" : "cannot be read")

/** Fills the bytes from where the file stands. */
const fill = (file: FileSystem.File, bytes: Uint8Array): Effect.Effect<void, Unusable> =>
  Effect.flatMap(Effect.mapError(file.read(bytes), fromPlatform), (size) => {
    const read = Number(size)
    if (read === bytes.length) return Effect.void
    return read === 0 ? unusable("is cut off") : fill(file, bytes.subarray(read))
  })

const fillAt = (file: FileSystem.File, position: number, bytes: Uint8Array) =>
  Effect.andThen(file.seek(position, "start"), fill(file, bytes))

/** A header that is what was written. */
const checkHeader = (header: Buffer, { dimension, last, token }: Identity): Effect.Effect<number, Unusable> => {
  if (!header.subarray(0, magic.length).equals(magic)) return unusable("is not a file of vectors")
  const found = header.readUInt32LE(8)
  if (found > version) {
    return unusable(`has the format version ${found}, and this server reads versions up to ${version}`)
  }
  if (found < version) return unusable(`has the older format version ${found}`)
  if (crc32(header.subarray(0, headerSize - 4)) !== header.readUInt32LE(headerSize - 4)) return unusable("is damaged")
  return header.readUInt32LE(12) === dimension && header.readUInt32LE(20) === rowsPerChunk(dimension) &&
      header.readUInt32LE(24) === last && header.toString("latin1", 28, 28 + tokenSize) === token
    ? Effect.succeed(header.readUInt32LE(16))
    : unusable("belongs to another state of the database")
}

/** Whether places are in order, each once. */
const areInOrder = (places: Uint32Array, last: number): boolean => {
  for (let i = 1; i < places.length; i++) if (places[i - 1]! >= places[i]!) return false
  return places.length === 0 || places.at(-1)! <= last
}

/** The parts of the regions that the rows of some slots go to. The regions are in order. */
const partsOf = (
  regions: ReadonlyArray<Region>,
  rowSize: number,
  firstSlot: number,
  rows: number
): ReadonlyArray<Pick<Region, "bytes" | "sumOf">> =>
  regions.flatMap(({ bytes, firstSlot: first, rows: count, sumOf }) => {
    const from = Math.max(firstSlot, first)
    const to = Math.min(firstSlot + rows, first + count)
    return from < to ? [{ bytes: bytes.subarray((from - first) * rowSize, (to - first) * rowSize), sumOf }] : []
  })

/** The checksum of a chunk, which is in one region as a rule. */
const checkOf = (parts: ReturnType<typeof partsOf>): number => {
  const [first] = parts
  return parts.length === 1 && first !== undefined
    ? first.sumOf(first.bytes)
    : sums.sumOf(Buffer.concat(parts.map(({ bytes }) => bytes)))
}

/** Opens a file, if it is the one that the database says. */
export const open = (
  fs: FileSystem.FileSystem,
  path: string,
  identity: Identity
): Effect.Effect<Opened, Unusable, Scope.Scope> =>
  Effect.gen(function*() {
    const { dimension, last } = identity
    const openFile = Effect.mapError(fs.open(path, { flag: "r" }), fromPlatform)
    const file = yield* openFile
    const size = Number((yield* Effect.mapError(file.stat, fromPlatform)).size)
    if (size < headerSize) return yield* unusable("is cut off")
    const header = Buffer.alloc(headerSize)
    yield* fillAt(file, 0, header)
    const count = yield* checkHeader(header, identity)
    const rowSize = 4 * dimension
    const perChunk = rowsPerChunk(dimension)
    const chunks = Math.ceil(count / perChunk)
    const places = new Uint32Array(count)
    const checks = new Uint32Array(chunks)
    if (size !== headerSize + count * (rowSize + 4) + 4 * chunks) {
      return yield* unusable("has another length than it says")
    }
    yield* fillAt(file, headerSize + count * rowSize, bytesOf(places))
    yield* fill(file, bytesOf(checks))
    if (crc32(bytesOf(checks), crc32(bytesOf(places))) !== header.readUInt32LE(headerSize - 8)) {
      return yield* unusable("is damaged")
    }
    const without = new Uint8Array(count)
    for (let i = 0; i < count; i++) {
      if (places[i]! >= withoutVector) {
        without[i] = 1
        places[i]! -= withoutVector
      }
    }
    if (!areInOrder(places, last)) return yield* unusable("is damaged")

    const perRead = perChunk * Math.max(1, Math.floor(readSize / (rowSize * perChunk)))
    const read: Opened["read"] = (regionsFor, taken) => {
      let next = 0
      const reader = Effect.scoped(Effect.gen(function*() {
        const own = yield* openFile
        while (next < count) {
          const from = next
          const to = next = Math.min(count, from + perRead)
          const regions = regionsFor(from, to - from)
          yield* own.seek(headerSize + from * rowSize, "start")
          for (const { bytes } of partsOf(regions, rowSize, from, to - from)) yield* fill(own, bytes)
          yield* turn
          for (let slot = from; slot < to; slot += perChunk) {
            const rows = Math.min(perChunk, to - slot)
            if (checkOf(partsOf(regions, rowSize, slot, rows)) !== checks[slot / perChunk]) {
              return yield* unusable("is damaged")
            }
            if (!taken(slot, rows)) {
              next = count
              return
            }
          }
        }
      }))
      return Effect.all(Array.from({ length: readers }, () => reader), { concurrency: readers, discard: true })
    }
    return {
      places,
      hasVector: (slot: number) => without[slot] === 0,
      vectors: { fd: Number(file.fd), position: headerSize },
      rowsPerRead: perRead,
      read
    }
  })
