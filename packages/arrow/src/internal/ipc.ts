import { Vector } from "apache-arrow"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { IpcError } from "../ArrowError.js"
import type { Batch } from "./batches.js"
import { decompress } from "./decompress.js"
import { FlatBuffer } from "./flatbuffer.js"
import type { Header } from "./ipcBatch.js"
import { buffersOf, readColumns, readHeader } from "./ipcBatch.js"
import type { IpcSchema, Layout } from "./ipcSchema.js"
import { nameOf, readSchema } from "./ipcSchema.js"
import { makeTurns } from "./turns.js"

const ipcError = (reason: string): IpcError => new IpcError({ message: `invalid Arrow IPC data: ${reason}` })

const truncated = ipcError("it ends within a message. Check that the file is complete")

const notArrow = ipcError("it is neither an IPC stream nor an IPC file (Feather V2)")

const corrupt = ipcError("a message is corrupt")

/** Bytes that came in pieces and are taken in others. */
class Queue {
  private pieces: Array<Uint8Array> = []
  private next = 0
  /** How many bytes can be taken. */
  length = 0

  add(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    if (this.next > 1024 && this.next * 2 > this.pieces.length) {
      this.pieces = this.pieces.slice(this.next)
      this.next = 0
    }
    this.pieces.push(bytes)
    this.length += bytes.length
  }

  /** The next bytes, as many as there are, which stay in the queue. */
  peek(count: number): Uint8Array {
    const out = new Uint8Array(Math.min(count, this.length))
    let at = 0
    for (let i = this.next; at < out.length; i++) {
      const part = this.pieces[i]!.subarray(0, out.length - at)
      out.set(part, at)
      at += part.length
    }
    return out
  }

  /** The next bytes, which must be there; they are copied only where they came in more than one piece. */
  take(count: number): Uint8Array {
    this.length -= count
    const first = this.pieces[this.next]
    if (first === undefined) return new Uint8Array(0)
    if (first.length > count) {
      this.pieces[this.next] = first.subarray(count)
      return first.subarray(0, count)
    }
    if (first.length === count) {
      this.next++
      return first
    }
    const out = new Uint8Array(count)
    for (let at = 0; at < count;) {
      const piece = this.pieces[this.next]!
      const part = piece.subarray(0, count - at)
      out.set(part, at)
      at += part.length
      if (part.length === piece.length) this.next++
      else this.pieces[this.next] = piece.subarray(part.length)
    }
    return out
  }
}

type Message =
  | { readonly _tag: "Schema"; readonly schema: IpcSchema }
  | { readonly _tag: "Batch"; readonly header: Header; readonly bodyLength: number }
  | {
    readonly _tag: "Dictionary"
    readonly id: number
    readonly isDelta: boolean
    readonly header: Header
    readonly bodyLength: number
  }

const readMessage = (bytes: Uint8Array): Effect.Effect<Message, IpcError> =>
  Effect.suspend((): Effect.Effect<Message, IpcError> => {
    const buffer = new FlatBuffer(bytes)
    const message = buffer.follow(0)
    const version = buffer.shortField(message, 0, 0)
    const kind = buffer.byteField(message, 1, 0)
    const header = buffer.child(message, 2)
    const bodyLength = buffer.longField(message, 3)
    if (!buffer.isValid || header === 0 || bodyLength < 0) return Effect.fail(corrupt)
    if (kind === 1) {
      const schema = readSchema(buffer, header, version)
      return typeof schema === "string"
        ? Effect.fail(ipcError(schema))
        : Effect.succeed({ _tag: "Schema", schema })
    }
    if (kind === 2) {
      const batch = readHeader(buffer, buffer.child(header, 1))
      const id = buffer.longField(header, 0)
      const isDelta = buffer.byteField(header, 2, 0) !== 0
      if (!buffer.isValid) return Effect.fail(corrupt)
      return typeof batch === "string"
        ? Effect.fail(ipcError(batch))
        : Effect.succeed({ _tag: "Dictionary", id, isDelta, header: batch, bodyLength })
    }
    if (kind !== 3) return Effect.fail(ipcError("it has a message that is not a schema, a dictionary or a batch"))
    const batch = readHeader(buffer, header)
    return typeof batch === "string"
      ? Effect.fail(ipcError(batch))
      : Effect.succeed({ _tag: "Batch", header: batch, bodyLength })
  })

/** Makes columns of the messages of one stream or file, which share a schema and dictionaries. */
class Decoder {
  schema: IpcSchema | undefined
  private readonly dictionaries = new Map<number, Vector>()

  start(schema: IpcSchema): void {
    this.schema = schema
    this.dictionaries.clear()
  }

  private columns(layouts: ReadonlyArray<Layout>, header: Header, body: Uint8Array) {
    const stored = buffersOf(header, body)
    const buffers = typeof stored === "string" || header.codec === undefined
      ? typeof stored === "string" ? Effect.fail(stored) : Effect.succeed(stored)
      : decompress(header.codec, stored)
    return Effect.flatMap(buffers, (buffers) => {
      const columns = readColumns(layouts, header, buffers, (id) => this.dictionaries.get(id))
      return typeof columns === "string" ? Effect.fail(columns) : Effect.succeed(columns)
    }).pipe(Effect.mapError(ipcError))
  }

  dictionary({ header, id, isDelta }: Extract<Message, { readonly _tag: "Dictionary" }>, body: Uint8Array) {
    const layout = this.schema?.dictionaries.get(id)
    if (layout === undefined) return Effect.fail(ipcError("it has a dictionary that no column has"))
    return Effect.map(this.columns([layout], header, body), ([data]) => {
      if (data === undefined) return
      const known = isDelta ? this.dictionaries.get(id) : undefined
      this.dictionaries.set(id, new Vector([...known?.data ?? [], data]))
    })
  }

  batch({ header }: Extract<Message, { readonly _tag: "Batch" }>, body: Uint8Array): Effect.Effect<Batch, IpcError> {
    const { schema } = this
    if (schema === undefined) return Effect.fail(ipcError("it does not begin with a schema"))
    return Effect.map(this.columns(schema.layouts, header, body), (columns) => ({
      rows: header.rows,
      fields: schema.fields,
      column: (index) => columns[index] ?? nameOf(schema.layouts[index]!)
    }))
  }
}

const intOf = (bytes: Uint8Array): number =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getInt32(0, true)

const magic = "ARROW1"

const hasMagic = (bytes: Uint8Array): boolean =>
  bytes.length >= magic.length && Array.from(magic).every((char, index) => bytes[index] === char.charCodeAt(0))

interface Block {
  readonly offset: number
  readonly length: number
}

/** Where the schema, the dictionaries and the batches of a file are, as its end says. */
const readFooter = (file: Uint8Array) => {
  const end = file.length - magic.length - 4
  if (end < 8 || !hasMagic(file.subarray(file.length - magic.length))) {
    return "the file does not end as Arrow files do. Check that it is complete"
  }
  const length = intOf(file.subarray(end))
  if (length <= 0 || length > end) return "its footer is corrupt"
  const buffer = new FlatBuffer(file.subarray(end - length, end))
  const footer = buffer.follow(0)
  const schema = readSchema(buffer, buffer.child(footer, 1), buffer.shortField(footer, 0, 0))
  if (typeof schema === "string") return schema
  let total = 0
  const blocks = (index: number): ReadonlyArray<Block> => {
    const { length, start } = buffer.elements(footer, index, 24)
    return Array.from({ length }, (_, i) => {
      const at = start + i * 24
      const block = { offset: buffer.long(at), length: buffer.int(at + 8) + buffer.long(at + 16) }
      if (block.offset < 0 || block.length <= 0 || block.offset + block.length > end) buffer.isValid = false
      total += block.length
      return block
    })
  }
  const dictionaries = blocks(2)
  const batches = blocks(3)
  // Blocks that overlap would let a small file stand for a large one.
  if (!buffer.isValid || total > end) return "its footer is corrupt"
  return { schema, blocks: [...dictionaries, ...batches] }
}

/** What comes before the body of a message is small; what announces more is something else. */
const maxMetadataBytes = 64 * 1024 * 1024

const end = Effect.fail(Option.none())

const fail = (error: IpcError) => Effect.fail(Option.some(error))

const fromFile = (file: Uint8Array): Effect.Effect<Batch, Option.Option<IpcError>> => {
  const footer = readFooter(file)
  if (typeof footer === "string") return fail(ipcError(footer))
  const decoder = new Decoder()
  decoder.start(footer.schema)
  const blocks = footer.blocks.values()
  const turn = makeTurns()
  const next: Effect.Effect<Batch | undefined, Option.Option<IpcError>> = Effect.gen(function*() {
    const { done, value: block } = blocks.next()
    if (done === true) return yield* end
    yield* turn
    const bytes = file.subarray(block.offset, block.offset + block.length)
    const prefix = bytes.length >= 8 && intOf(bytes) === -1 ? 8 : 4
    const length = bytes.length < 8 ? -1 : intOf(bytes.subarray(prefix - 4))
    if (length <= 0 || prefix + length > bytes.length) return yield* fail(corrupt)
    const message = yield* Effect.mapError(readMessage(bytes.subarray(prefix, prefix + length)), Option.some)
    if (message._tag === "Schema" || prefix + length + message.bodyLength > bytes.length) return yield* fail(corrupt)
    const body = bytes.subarray(prefix + length, prefix + length + message.bodyLength)
    if (message._tag === "Batch") return yield* Effect.mapError(decoder.batch(message, body), Option.some)
    yield* Effect.mapError(decoder.dictionary(message, body), Option.some)
    return undefined
  })
  return firstOf(next)
}

/** Repeats what may give no batch until it gives one. */
const firstOf = <E, R>(next: Effect.Effect<Batch | undefined, E, R>): Effect.Effect<Batch, E, R> =>
  Effect.flatMap(next, (batch) => batch === undefined ? firstOf(next) : Effect.succeed(batch))

/** The batches of an IPC stream or file. */
export const batches = <E, R>(bytes: Stream.Stream<Uint8Array, E, R>): Stream.Stream<Batch, E | IpcError, R> =>
  Stream.unwrapScoped(Effect.gen(function*() {
    const pull = yield* Stream.toPull(bytes)
    const queue = new Queue()
    let isDone = false

    const more = Effect.matchCauseEffect(pull, {
      onSuccess: (chunk) =>
        Effect.sync(() => {
          for (const piece of chunk) queue.add(piece)
        }),
      onFailure: (cause): Effect.Effect<void, E> => {
        const failure = Cause.flipCauseOption(cause)
        if (Option.isSome(failure)) return Effect.failCause(failure.value)
        isDone = true
        return Effect.void
      }
    })
    /** Whether the source has so many bytes more. */
    const has = (count: number): Effect.Effect<boolean, E, R> =>
      Effect.suspend(() =>
        queue.length >= count
          ? Effect.succeed(true)
          : isDone
          ? Effect.succeed(false)
          : Effect.andThen(more, has(count))
      )
    const all: Effect.Effect<void, E, R> = Effect.suspend(() => isDone ? Effect.void : Effect.andThen(more, all))
    const take = (count: number) =>
      Effect.flatMap(has(count), (has) => has ? Effect.succeed(queue.take(count)) : Effect.fail(truncated))

    yield* has(magic.length)
    if (hasMagic(queue.peek(magic.length))) {
      yield* all
      return Stream.repeatEffectOption(fromFile(queue.take(queue.length)))
    }
    const decoder = new Decoder()
    const turn = makeTurns()

    const message = Effect.gen(function*() {
      if (!(yield* has(1))) {
        return yield* decoder.schema === undefined
          ? Effect.fail(notArrow)
          : Effect.succeed(undefined)
      }
      const first = intOf(yield* take(4))
      const length = first === -1 ? intOf(yield* take(4)) : first
      if (length === 0 && decoder.schema !== undefined) return undefined
      if (length <= 0 || length > maxMetadataBytes) {
        return yield* Effect.fail(decoder.schema === undefined ? notArrow : corrupt)
      }
      return yield* readMessage(yield* take(length))
    })
    const next: Effect.Effect<Batch | undefined, Option.Option<E | IpcError>, R> = Effect.gen(function*() {
      yield* turn
      const found = yield* Effect.mapError(message, Option.some)
      if (found === undefined) return yield* end
      if (found._tag === "Schema") {
        decoder.start(found.schema)
        return undefined
      }
      if (decoder.schema === undefined) return yield* fail(ipcError("it does not begin with a schema"))
      const body = yield* Effect.mapError(take(found.bodyLength), Option.some)
      if (found._tag === "Batch") return yield* Effect.mapError(decoder.batch(found, body), Option.some)
      yield* Effect.mapError(decoder.dictionary(found, body), Option.some)
      return undefined
    })
    return Stream.repeatEffectOption(firstOf(next))
  }))
