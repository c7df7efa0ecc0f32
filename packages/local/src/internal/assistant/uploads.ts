import type { PlatformError } from "@effect/platform/Error"
import type * as FileSystem from "@effect/platform/FileSystem"
import type * as Multipart from "@effect/platform/Multipart"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as bodies from "../bodies.js"
import type { Metadata } from "../filter.js"
import * as problem from "../problem.js"
import type { Kind } from "./documents.js"
import * as documents from "./documents.js"

/** A file that has arrived. */
export interface Upload {
  readonly name: string
  readonly kind: Kind
  readonly size: number
  readonly metadata: Metadata | undefined
}

/** The largest file, in bytes. */
const largestFile = 100 * 2 ** 20

/** The most of metadata or instructions, in bytes. */
const largestText = 16 * 2 ** 10

const JsonObject = Schema.parseJson(
  Schema.NullOr(Schema.Record({ key: Schema.String, value: Schema.Unknown }))
)

/** Instructions or metadata, whose size is limited. */
export const checkSize = (what: string, text: string): Effect.Effect<void, problem.Problem> =>
  Buffer.byteLength(text) > largestText
    ? problem.badRequest(`${what} must not be larger than 16 KB, got ${Buffer.byteLength(text)} bytes`)
    : Effect.void

/** Metadata, as it is sent with a file. */
export const readMetadata = (json: string): Effect.Effect<Metadata | undefined, problem.Problem> =>
  Effect.andThen(
    checkSize("The metadata of a file", json),
    Effect.matchEffect(Schema.decode(JsonObject)(json), {
      onFailure: () => problem.badRequest("The metadata of a file must be a JSON object"),
      onSuccess: (metadata) => Effect.succeed(metadata ?? undefined)
    })
  )

const unreadable = (error: Multipart.MultipartError): problem.Problem =>
  bodies.causeOf(error) ?? problem.badRequest(
    error.reason === "Parse"
      ? "The body must be multipart/form-data"
      : `The multipart body cannot be read: ${error.reason}`
  )

/** A text, as far as it can be of use: a longer one is too long. */
const textOf = (content: Stream.Stream<Uint8Array, Multipart.MultipartError>): Effect.Effect<string, problem.Problem> =>
  content.pipe(
    Stream.decodeText(),
    Stream.runFold("", (text, piece) => text.length > largestText ? text : text + piece),
    Effect.mapError(unreadable)
  )

const unwritten = (error: PlatformError): problem.Problem =>
  /ENOSPC|no space left/i.test(error.message) ? problem.diskFull : problem.internal("The file could not be stored")

/**
 * Writes the file of an upload to a path as it arrives, for nobody else to read. What is too large is read to its end and thrown away: a client that
 * is still writing would not see the answer.
 */
export const receive = (
  fs: FileSystem.FileSystem,
  parts: Stream.Stream<Multipart.Part, Multipart.MultipartError>,
  path: string,
  multimodal: boolean
): Effect.Effect<Upload, problem.Problem> =>
  Effect.gen(function*() {
    let file: { readonly name: string; readonly contentType: string } | undefined
    let metadata: Metadata | undefined
    let wrong: problem.Problem | undefined
    let size = 0
    const refuse = (found: problem.Problem) => {
      wrong ??= found
    }
    const setMetadata = (json: string) =>
      Effect.match(readMetadata(json), {
        onFailure: refuse,
        onSuccess: (value) => {
          metadata = value
        }
      })

    yield* Stream.runForEach(Stream.mapError(parts, unreadable), (part): Effect.Effect<void, problem.Problem> => {
      if (part.key === "metadata") {
        // Some clients send it as a file of its own.
        return part._tag === "Field" ? setMetadata(part.value) : Effect.flatMap(textOf(part.content), setMetadata)
      }
      if (part._tag === "Field" || part.key !== "file" || file !== undefined) {
        if (part.key === "file") refuse(problem.badRequest("An upload takes one part named file, with a file name"))
        return part._tag === "Field" ? Effect.void : Effect.mapError(Stream.runDrain(part.content), unreadable)
      }
      file = part
      return part.content.pipe(
        Stream.mapError(unreadable),
        Stream.filter(({ length }) => {
          size += length
          return size <= largestFile
        }),
        Stream.run(fs.sink(path, { mode: 0o600 })),
        Effect.mapError((error) => error instanceof problem.Problem ? error : unwritten(error))
      )
    })

    if (wrong !== undefined) return yield* wrong
    if (file === undefined) return yield* problem.badRequest("An upload needs a part named file, with a file name")
    if (size > largestFile) return yield* problem.badRequest("A file must not be larger than 100 MB")
    if (size === 0) return yield* problem.badRequest("The file is empty")
    const kind = documents.kindOf(file.name, file.contentType)
    if (kind === undefined) {
      return yield* problem.badRequest(`Unsupported file type: '${file.name}' must be one of ${documents.kinds}`)
    }
    if (multimodal && kind !== "pdf") {
      return yield* problem.badRequest(
        `multimodal is for PDF files only, and '${file.name}' is not one. Leave multimodal out`
      )
    }
    return { name: file.name, kind, size, metadata }
  })
