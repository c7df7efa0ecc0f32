import * as Operation from "@effect-pinecone/http/Operation"
import * as Pages from "@effect-pinecone/http/Pages"
import type * as Poll from "@effect-pinecone/http/Poll"
import * as Work from "@effect-pinecone/http/Work"
import type * as AssistantFile from "@effect-pinecone/schema/AssistantFile"
import * as PineconeError from "@effect-pinecone/schema/PineconeError"
import * as Usage from "@effect-pinecone/schema/Usage"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Mailbox from "effect/Mailbox"
import * as Stream from "effect/Stream"
import type * as Assistant from "../Assistant.js"
import type { FileSource } from "../FileSource.js"
import * as check from "./check.js"
import type { Connection } from "./connection.js"
import { found } from "./found.js"
import * as upload from "./upload.js"

/** The files of an assistant, and the operations on them. */
export const make = (connected: Connection): Pick<Assistant.Assistant, "files" | "operations"> => {
  const { call, name } = connected
  const path = { assistant_name: name }

  const around = (method: string) => Operation.around(`Assistant.${method}`, { "pinecone.assistant": name })

  // ---------------------------------------------------------------------------
  // Operations
  // ---------------------------------------------------------------------------

  const describeOperation: Assistant.Operations["describe"] = (id) =>
    call(
      { operation: "describe_operation" },
      ({ operations }) => operations.describe({ path: { ...path, operation_id: id } })
    )

  const listingOperations = { operation: "list_operations", assistant: name }

  const listOperations: Assistant.Operations["list"] = (options = {}) =>
    check.page(listingOperations, options).pipe(
      Effect.flatMap(() => {
        const { limit, operationType, paginationToken, status } = options
        return call({ operation: "list_operations" }, ({ operations }) =>
          operations.list({
            path,
            urlParams: { operation_type: operationType, status, limit, pagination_token: paginationToken }
          }))
      }),
      Effect.map(({ operations, pagination }) => ({ operations, next: Usage.next({ pagination }) }))
    )

  const completing = (id: string): Work.Work<AssistantFile.OperationModel> => ({
    operation: "describe_operation",
    resource: "file_operation",
    id,
    assistant: name,
    goal: "to be completed",
    state: ({ status }) => status,
    done: ({ status }) => status === "Completed",
    dead: { Failed: "fix the file, and upload it again" },
    why: ({ errorMessage }) => errorMessage
  })

  const operationProgress: Assistant.Operations["progress"] = (id, options) =>
    Work.progress(completing(id), describeOperation(id), options)

  const operations: Assistant.Operations = {
    list: listOperations,
    listStream: (options = {}) =>
      Stream.unwrap(
        Effect.as(
          Operation.unlessRefused(listingOperations)(check.page(listingOperations, options)),
          Pages.stream(
            listingOperations,
            (paginationToken) =>
              Effect.map(listOperations({ ...options, paginationToken }), ({ next, operations }) => [operations, next])
          )
        )
      ),
    describe: describeOperation,
    progress: operationProgress,
    waitUntilCompleted: (id, options) =>
      Work.until(completing(id), describeOperation(id), options).pipe(
        around("operations.waitUntilCompleted")
      )
  }

  // ---------------------------------------------------------------------------
  // Files
  // ---------------------------------------------------------------------------

  const describe: Assistant.Files["describe"] = (fileId, { includeUrl } = {}) =>
    call(
      { operation: "describe_file" },
      ({ files }) =>
        files.describe({ path: { ...path, assistant_file_id: fileId }, urlParams: { include_url: includeUrl } })
    )

  const listing = { operation: "list_files", assistant: name }

  const list: Assistant.Files["list"] = (options = {}) =>
    check.page(listing, options).pipe(
      Effect.flatMap(() => {
        const { filter, limit, paginationToken } = options
        return call({ operation: "list_files" }, ({ files }) =>
          files.list({
            path,
            urlParams: { filter: filter?.expression, limit, pagination_token: paginationToken }
          }))
      }),
      Effect.map(({ files, pagination }) => ({ files, next: Usage.next({ pagination }) }))
    )

  const becomingAvailable = (fileId: string): Work.Work<AssistantFile.AssistantFileModel> => ({
    operation: "describe_file",
    resource: "file",
    id: fileId,
    assistant: name,
    goal: "to be available",
    state: ({ status }) => status ?? "Processing",
    done: ({ status }) => status === "Available",
    dead: {
      ProcessingFailed: "delete it, fix it, and upload it again",
      Deleting: "wait until it is gone, and upload it again"
    }
  })

  const untilAvailable = (fileId: string, options: Poll.Options | undefined) =>
    Work.until(becomingAvailable(fileId), describe(fileId), options)

  const send = <E, R>(
    fileId: string | undefined,
    source: FileSource<E, R>,
    options: Assistant.UploadOptions = {},
    onSent: upload.Upload<E, R>["onSent"] = () => Effect.void
  ) => upload.send(connected, { fileId, source, options, onSent })

  /** The file that an operation is about. */
  const fileOf = (operation: AssistantFile.OperationModel): Effect.Effect<string, PineconeError.InvalidResponse> =>
    operation.fileId === undefined
      ? Effect.fail(
        new PineconeError.InvalidResponse({
          operation: "describe_operation",
          assistant: name,
          attempts: 1,
          message: `operation "${operation.id}" of "${name}" does not name its file`
        })
      )
      : Effect.succeed(operation.fileId)

  /** What a file is, once the operation that processes it is completed: until then, one that is replaced is the old one. */
  const processed = (operation: AssistantFile.OperationModel, options: Poll.Options | undefined) =>
    Work.until(completing(operation.id), describeOperation(operation.id), options).pipe(
      Effect.flatMap(fileOf),
      Effect.flatMap((fileId) => untilAvailable(fileId, options))
    )

  const sendAndWait = <E, R>(
    fileId: string | undefined,
    source: FileSource<E, R>,
    options: Assistant.UploadAndWaitOptions = {}
  ) => Effect.flatMap(send(fileId, source, options), (operation) => processed(operation, options.wait))

  const sendProgress = <E, R>(
    fileId: string | undefined,
    source: FileSource<E, R>,
    options: Assistant.UploadAndWaitOptions = {}
  ): Stream.Stream<Assistant.UploadProgress, Assistant.UploadError | E, R> =>
    Stream.unwrapScoped(Effect.gen(function*() {
      // Who reads slowly gets the newest.
      const reports = yield* Mailbox.make<Assistant.UploadProgress>({ capacity: 1, strategy: "sliding" })
      const sending = yield* send(
        fileId,
        source,
        options,
        (sent, size) => reports.offer({ _tag: "Sending", sent, size })
      ).pipe(
        Effect.ensuring(reports.end),
        // As a value: a fiber that ends with a failure logs it, and who reads the reports looks at it.
        Effect.exit,
        Effect.forkScoped
      )
      const processing = Effect.map(
        Effect.flatten(Fiber.join(sending)),
        (accepted): Stream.Stream<Assistant.UploadProgress, Assistant.UploadError> =>
          Stream.concat(
            Stream.map(operationProgress(accepted.id, options.wait), (operation) => ({
              _tag: "Processing" as const,
              operation
            })),
            Stream.fromEffect(
              Effect.map(processed(accepted, options.wait), (file) => ({ _tag: "Available" as const, file }))
            )
          )
      )
      return Stream.concat(Mailbox.toStream(reports), Stream.unwrap(processing))
    }))

  const files: Assistant.Files = {
    upload: (source, options) => send(undefined, source, options),
    upsert: send,
    uploadAndWait: (source, options) => sendAndWait(undefined, source, options).pipe(around("files.uploadAndWait")),
    upsertAndWait: (fileId, source, options) =>
      sendAndWait(fileId, source, options).pipe(around("files.upsertAndWait")),
    uploadProgress: (source, options) => sendProgress(undefined, source, options),
    upsertProgress: sendProgress,
    list,
    listStream: (options = {}) =>
      Stream.unwrap(
        Effect.as(
          Operation.unlessRefused(listing)(check.page(listing, options)),
          Pages.stream(
            listing,
            (paginationToken) => Effect.map(list({ ...options, paginationToken }), ({ files, next }) => [files, next])
          )
        )
      ),
    describe,
    delete: (fileId) =>
      call({ operation: "delete_file" }, ({ files }) =>
        Effect.map(
          files.delete({ path: { ...path, assistant_file_id: fileId } }),
          (operation) => operation ?? undefined
        )),
    waitUntilAvailable: (fileId, options) => untilAvailable(fileId, options).pipe(around("files.waitUntilAvailable")),
    waitUntilGone: (fileId, options) =>
      Work.untilGone(
        { operation: "describe_file", resource: "file", id: fileId, assistant: name, goal: "to be gone" },
        found(describe(fileId)),
        options
      ).pipe(around("files.waitUntilGone"))
  }

  return {
    files: Operation.all({ list: "list_files" }, files, { assistant: name }),
    operations: Operation.all({ list: "list_operations" }, operations, { assistant: name })
  }
}
