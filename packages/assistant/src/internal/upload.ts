import * as Failure from "@effect-pinecone/http/Failure"
import * as HttpRequest from "@effect-pinecone/http/HttpRequest"
import * as Operation from "@effect-pinecone/http/Operation"
import * as AssistantFile from "@effect-pinecone/schema/AssistantFile"
import type * as PineconeError from "@effect-pinecone/schema/PineconeError"
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type * as Assistant from "../Assistant.js"
import type { FileSource } from "../FileSource.js"
import * as check from "./check.js"
import type { Connection } from "./connection.js"
import * as multipart from "./multipart.js"

/** What to send, and where to: under an id, or without one. */
export interface Upload<E, R> {
  readonly fileId: string | undefined
  readonly source: FileSource<E, R>
  readonly options: Assistant.UploadOptions
  /** Told of the bytes of the file that were sent so far, and of all that it has, where that is known. */
  readonly onSent: (sent: number, size: number | undefined) => Effect.Effect<unknown>
}

/** The content on its way: once at a time, however often it is sent. */
class Sending<E> {
  /** What was wrong with it, the last time. */
  failure: Cause.Cause<E> | undefined
  private over: Deferred.Deferred<void> | undefined

  readonly end: Effect.Effect<void> = Effect.suspend(() =>
    this.over === undefined ? Effect.void : Effect.asVoid(Deferred.succeed(this.over, undefined))
  )

  /** Ends what is sent still, and gives what ends the next. */
  readonly begin: Effect.Effect<Deferred.Deferred<void>> = Effect.andThen(
    this.end,
    Effect.tap(Deferred.make<void>(), (over) =>
      Effect.sync(() => {
        this.failure = undefined
        this.over = over
      }))
  )

  failed(cause: Cause.Cause<E>): void {
    if (!Cause.isInterruptedOnly(cause)) this.failure = cause
  }
}

const decode = Schema.decode(Schema.parseJson(AssistantFile.OperationModel))

export const send = <E, R>(
  { at, http, name }: Connection,
  { fileId, onSent, options, source }: Upload<E, R>
): Effect.Effect<AssistantFile.OperationModel, Assistant.InputError | E, R> => {
  const place = { operation: fileId === undefined ? "upload_file" : "upsert_file", assistant: name }

  const request = Effect.fnUntraced(function*(url: string, sending: Sending<E>) {
    const { size, stream } = yield* source.open
    const context = yield* Effect.context<R>()
    const content = Stream.unwrap(Effect.map(sending.begin, (over) => {
      let sent = 0
      return stream.pipe(
        Stream.mapChunksEffect((chunk) => {
          for (const { length } of chunk) sent += length
          return Effect.as(onSent(sent, size), chunk)
        }),
        // Not every client stops reading what it has no use for any more: this ends it between two pieces, and where it
        // waits for one.
        Stream.haltWhenDeferred(over),
        Stream.interruptWhenDeferred(over)
      )
    }))
    const body = multipart.make(
      {
        boundary: yield* Effect.sync(multipart.randomBoundary),
        fields: options.metadata === undefined ? {} : { metadata: JSON.stringify(options.metadata) },
        part: "file",
        fileName: source.name,
        contentType: source.contentType
      },
      content.pipe(
        Stream.provideContext(context),
        // What is wrong with the content is told as it is, and not as a request that failed.
        Stream.tapErrorCause((cause) => Effect.sync(() => sending.failed(cause)))
      ),
      size
    )
    const files = `${url}/files/${encodeURIComponent(name)}`
    return HttpRequest.make(
      fileId === undefined ? "POST" : "PUT",
      fileId === undefined ? files : `${files}/${encodeURIComponent(fileId)}`,
      {
        urlParams: options.multimodal === undefined ? {} : { multimodal: String(options.multimodal) },
        body: HttpRequest.streamBody(body.stream, body.contentType, body.contentLength)
      }
    )
  })

  const call = {
    ...place,
    // A second upload is a second file; a second upsert is the same.
    idempotent: fileId !== undefined,
    once: !source.repeatable
  }

  return check.all(
    check.segment(place, "name", name),
    fileId === undefined ? Effect.void : check.fileId(place, fileId),
    check.upload(place, source.name, options)
  ).pipe(
    Operation.unlessRefused(place),
    Effect.andThen(at(({ url }) =>
      Effect.suspend(() => {
        const sending = new Sending<E>()
        return Operation.unlessRefused(place)(request(url, sending)).pipe(
          Effect.flatMap((request) =>
            // Its answer is read as a stream, whose end lets go of the file, wherever that is.
            Stream.mkString(Stream.decodeText(http.stream(call, request, { timeout: options.timeout }))).pipe(
              Effect.flatMap((text) =>
                Effect.mapError(
                  decode(text),
                  (error) => Failure.invalidResponse(call, 1, Failure.whyNoFit(error), http.scrub)
                )
              ),
              Effect.catchAll((error): Effect.Effect<never, E | PineconeError.RequestError> =>
                sending.failure === undefined ? Effect.fail(error) : Effect.failCause(sending.failure)
              ),
              Effect.ensuring(sending.end)
            )
          )
        )
      })
    ))
  )
}
