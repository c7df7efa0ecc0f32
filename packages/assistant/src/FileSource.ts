/**
 * What to upload to an assistant: a name, and bytes from anywhere, a piece at a time.
 *
 * ```ts
 * import * as FileSource from "@effect-pinecone/assistant/FileSource"
 * import * as Stream from "effect/Stream"
 *
 * const onDisk = FileSource.fromPath("handbook.pdf")
 * const inMemory = FileSource.fromBytes("hours.txt", new TextEncoder().encode("Open from 9 to 5."))
 * const onItsWay = FileSource.fromStream("log.txt", Stream.encodeText(Stream.make("one line\n", "and another\n")))
 * ```
 *
 * @since 0.1.0
 */
import type { PlatformError } from "@effect/platform/Error"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"

/**
 * The content of a file, and how many bytes it has, where that is known.
 *
 * @since 0.1.0
 * @category models
 */
export interface Content<out E = never, out R = never> {
  readonly size: number | undefined
  readonly stream: Stream.Stream<Uint8Array, E, R>
}

/**
 * A file to upload: its name, and its bytes as a stream.
 *
 * @since 0.1.0
 * @category models
 */
export interface FileSource<out E = never, out R = never> {
  /** The file's name, whose ending says what it is: `.pdf`, `.txt`, `.md`, `.json`, `.docx`. */
  readonly name: string
  readonly contentType: string
  /** Whether the content can be had again: an upload of what cannot is never repeated. */
  readonly repeatable: boolean
  readonly open: Effect.Effect<Content<E, R>, E, R>
}

/**
 * What is known of the bytes of a stream.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /**
   * The media type of the file.
   *
   * @default what the name's ending says, else "application/octet-stream"
   */
  readonly contentType?: string | undefined
}

const contentTypes: Readonly<Record<string, string>> = {
  pdf: "application/pdf",
  txt: "text/plain",
  md: "text/markdown",
  json: "application/json",
  docx: "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
}

const typeOf = (name: string, { contentType }: Options): string => {
  const ending = name.slice(name.lastIndexOf(".") + 1).toLowerCase()
  return contentType ?? (Object.hasOwn(contentTypes, ending) ? contentTypes[ending]! : "application/octet-stream")
}

/** So much is sent at a time, in bytes. */
const pieceSize = 64 * 1024

const pieces = (bytes: Uint8Array): Iterable<Uint8Array> => ({
  *[Symbol.iterator]() {
    for (let start = 0; start < bytes.length; start += pieceSize) yield bytes.subarray(start, start + pieceSize)
  }
})

/**
 * A file that is in memory.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromBytes = (name: string, bytes: Uint8Array, options: Options = {}): FileSource => ({
  name,
  contentType: typeOf(name, options),
  repeatable: true,
  open: Effect.succeed({ size: bytes.length, stream: Stream.fromIterable(pieces(bytes)) })
})

/**
 * A file on disk, which is read as it is sent.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromPath = (
  path: string,
  options: Options & {
    /**
     * The name that the assistant knows the file by.
     *
     * @default the last part of the path
     */
    readonly name?: string | undefined
  } = {}
): FileSource<PlatformError, FileSystem.FileSystem> => {
  const name = options.name ?? path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1)
  return {
    name,
    contentType: typeOf(name, options),
    repeatable: true,
    open: Effect.flatMap(FileSystem.FileSystem, (files) =>
      Effect.map(files.stat(path), ({ size }) => ({
        size: Number(size),
        stream: files.stream(path, { chunkSize: pieceSize })
      })))
  }
}

/**
 * A file whose content is made as it is sent. It is taken to be there once: the upload is never repeated.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromStream = <E, R>(
  name: string,
  stream: Stream.Stream<Uint8Array, E, R>,
  options: Options & {
    /** How many bytes the stream has, where that is known: another number is an error. */
    readonly size?: number | undefined
  } = {}
): FileSource<E, R> => ({
  name,
  contentType: typeOf(name, options),
  repeatable: false,
  open: Effect.succeed({ size: options.size, stream })
})
