/**
 * One assistant: its files, and chats with it.
 *
 * An application gives each of its assistants a tag of its own.
 *
 * ```ts
 * import * as Assistant from "@effect-pinecone/assistant/Assistant"
 * import * as FileSource from "@effect-pinecone/assistant/FileSource"
 * import * as Console from "effect/Console"
 * import * as Effect from "effect/Effect"
 * import * as Stream from "effect/Stream"
 *
 * class Support extends Assistant.Tag("app/Support")<Support>() {}
 *
 * const answer = Effect.gen(function*() {
 *   const support = yield* Support
 *   yield* support.files.uploadAndWait(FileSource.fromPath("handbook.pdf"), { metadata: { team: "support" } })
 *   const events = support.chatStream({ messages: [{ role: "user", content: "How do I reset my password?" }] })
 *   yield* Stream.runForEach(events, (event) =>
 *     event._tag === "ContentChunk" ? Console.log(event.delta.content) : Effect.void)
 * })
 *
 * const SupportLive = Support.layer({ name: "support" })
 * ```
 *
 * @since 0.1.0
 */
import type { PineconeHttpClient } from "@effect-pinecone/http/PineconeHttpClient"
import type * as Poll from "@effect-pinecone/http/Poll"
import type { ContextResponse } from "@effect-pinecone/schema/AssistantContext"
import type * as AssistantFile from "@effect-pinecone/schema/AssistantFile"
import type * as Chat from "@effect-pinecone/schema/Chat"
import type * as Filter from "@effect-pinecone/schema/Filter"
import type * as PineconeError from "@effect-pinecone/schema/PineconeError"
import * as Config from "effect/Config"
import type { ConfigError } from "effect/ConfigError"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Stream from "effect/Stream"
import type { FileSource } from "./FileSource.js"
import * as chat from "./internal/chat.js"
import * as connection from "./internal/connection.js"
import * as files from "./internal/files.js"

/**
 * What any call can end in.
 *
 * @since 0.1.0
 * @category errors
 */
export type CallError = PineconeError.RequestError

/**
 * What a call can end in whose input is checked before it is sent.
 *
 * @since 0.1.0
 * @category errors
 */
export type InputError = PineconeError.CheckedRequestError

/**
 * What waiting can end in: `PineconeOperationFailed` where the file could not be processed, `PineconeTimedOut` where the time is over.
 *
 * @since 0.1.0
 * @category errors
 */
export type WaitError = CallError | PineconeError.OperationFailed

/**
 * What sending a file and waiting for it can end in.
 *
 * @since 0.1.0
 * @category errors
 */
export type UploadError = InputError | PineconeError.OperationFailed

/**
 * Which assistant it is: by its name, and by its host where that is known, which is else looked up once.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly name: string
  readonly host?: string | undefined
}

/**
 * A time limit for a call.
 *
 * @since 0.1.0
 * @category models
 */
export interface Timed {
  /**
   * How long to wait for the answer, each time that the request is sent. What is streamed may take longer: it is the longest
   * silence.
   *
   * @default the timeout of the settings
   */
  readonly timeout?: Duration.DurationInput | undefined
}

/**
 * What an upload can have besides the file.
 *
 * @since 0.1.0
 * @category models
 */
export interface UploadOptions extends Timed {
  /** What the file can be found by, and what a chat can be restricted to: a JSON object of at most 16 KB. */
  readonly metadata?: { readonly [field: string]: unknown } | undefined
  /**
   * Whether to read the images of a PDF too.
   *
   * @default false
   */
  readonly multimodal?: boolean | undefined
}

/**
 * The same, and how to wait until the file is processed.
 *
 * @since 0.1.0
 * @category models
 */
export interface UploadAndWaitOptions extends UploadOptions {
  /**
   * How long to wait until the file is processed, and how often to ask.
   *
   * @default 5 minutes
   */
  readonly wait?: Poll.Options | undefined
}

/**
 * How far an upload is: bytes of the file that were sent, then the operation that processes it each time that it was asked
 * for, and last the file. If an upload is retried, `sent` starts again at 0.
 *
 * @since 0.1.0
 * @category models
 */
export type UploadProgress =
  | { readonly _tag: "Sending"; readonly sent: number; readonly size: number | undefined }
  | { readonly _tag: "Processing"; readonly operation: AssistantFile.OperationModel }
  | { readonly _tag: "Available"; readonly file: AssistantFile.AssistantFileModel }

/**
 * Which page of a list to return, and how long it is.
 *
 * @since 0.1.0
 * @category models
 */
export interface PageOptions {
  /** Entries on a page: 1 to 100. */
  readonly limit?: number | undefined
  /** The `next` of the page before. */
  readonly paginationToken?: string | undefined
}

/**
 * Which files to list.
 *
 * @since 0.1.0
 * @category models
 */
export interface FileListOptions {
  /** The files whose metadata fit. */
  readonly filter?: Filter.Filter<never> | undefined
  /** Entries on a page: 1 to 100. */
  readonly limit?: number | undefined
}

/**
 * A page of files.
 *
 * @since 0.1.0
 * @category models
 */
export interface FilePage {
  readonly files: ReadonlyArray<AssistantFile.AssistantFileModel>
  /** The token of the next page; absent on the last. */
  readonly next: string | undefined
}

/**
 * Which operations to list.
 *
 * @since 0.1.0
 * @category models
 */
export interface OperationListOptions {
  readonly operationType?: AssistantFile.OperationType | undefined
  readonly status?: AssistantFile.OperationStatus | undefined
  /** Entries on a page: 1 to 100. */
  readonly limit?: number | undefined
}

/**
 * A page of operations.
 *
 * @since 0.1.0
 * @category models
 */
export interface OperationPage {
  readonly operations: ReadonlyArray<AssistantFile.OperationModel>
  /** The token of the next page; absent on the last. */
  readonly next: string | undefined
}

/**
 * The files of an assistant.
 *
 * @since 0.1.0
 * @category models
 */
export interface Files {
  /**
   * Sends a file, piece by piece, and answers as soon as Pinecone has taken it; it gets an id of Pinecone's (`upload_file`).
   * It is sent again only where the server says that it did nothing, and never where its content cannot be had again.
   */
  readonly upload: <E, R>(
    source: FileSource<E, R>,
    options?: UploadOptions
  ) => Effect.Effect<AssistantFile.OperationModel, InputError | E, R>
  /**
   * Uploads a file under your own id, replacing the file that has it: 1 to 128 letters, digits, `-` and `_`
   * (`upsert_file`). It is sent again like any other request, where its content can be had again.
   */
  readonly upsert: <E, R>(
    fileId: string,
    source: FileSource<E, R>,
    options?: UploadOptions
  ) => Effect.Effect<AssistantFile.OperationModel, InputError | E, R>
  /** Sends a file (`upload_file`), and waits until it is processed. */
  readonly uploadAndWait: <E, R>(
    source: FileSource<E, R>,
    options?: UploadAndWaitOptions
  ) => Effect.Effect<AssistantFile.AssistantFileModel, UploadError | E, R>
  /** Uploads a file under your own id (`upsert_file`), and waits until it is processed. */
  readonly upsertAndWait: <E, R>(
    fileId: string,
    source: FileSource<E, R>,
    options?: UploadAndWaitOptions
  ) => Effect.Effect<AssistantFile.AssistantFileModel, UploadError | E, R>
  /** The same as `uploadAndWait`, as reports; who reads slowly gets fewer. */
  readonly uploadProgress: <E, R>(
    source: FileSource<E, R>,
    options?: UploadAndWaitOptions
  ) => Stream.Stream<UploadProgress, UploadError | E, R>
  /** The same as `upsertAndWait`, as reports; who reads slowly gets fewer. */
  readonly upsertProgress: <E, R>(
    fileId: string,
    source: FileSource<E, R>,
    options?: UploadAndWaitOptions
  ) => Stream.Stream<UploadProgress, UploadError | E, R>
  /** A page of the files (`list_files`). */
  readonly list: (options?: FileListOptions & PageOptions) => Effect.Effect<FilePage, InputError>
  /** All files, or those whose metadata fit a filter, page by page. */
  readonly listStream: (options?: FileListOptions) => Stream.Stream<AssistantFile.AssistantFileModel, InputError>
  /** A file, as it is now; with `includeUrl`, with an address that it can be read at for a short time (`describe_file`). */
  readonly describe: (
    fileId: string,
    options?: { readonly includeUrl?: boolean | undefined }
  ) => Effect.Effect<AssistantFile.AssistantFileModel, CallError>
  /**
   * Deletes a file, without waiting (`delete_file`), and gives the operation that does it. There is none where the file is
   * gone at once, as one whose processing had failed.
   */
  readonly delete: (fileId: string) => Effect.Effect<AssistantFile.OperationModel | undefined, CallError>
  /**
   * Waits until a file is `Available` (`describe_file`). Fails with `PineconeOperationFailed` as soon as its state is
   * `ProcessingFailed` or `Deleting`.
   *
   * @default a timeout of 5 minutes
   */
  readonly waitUntilAvailable: (
    fileId: string,
    options?: Poll.Options
  ) => Effect.Effect<AssistantFile.AssistantFileModel, WaitError>
  /**
   * Waits until no file has the id any more (`describe_file`).
   *
   * @default a timeout of 5 minutes
   */
  readonly waitUntilGone: (
    fileId: string,
    options?: Poll.Options
  ) => Effect.Effect<void, Exclude<CallError, PineconeError.NotFound>>
}

/**
 * The operations on the files of an assistant, which are kept for 30 days.
 *
 * @since 0.1.0
 * @category models
 */
export interface Operations {
  /** A page of the operations (`list_operations`). */
  readonly list: (options?: OperationListOptions & PageOptions) => Effect.Effect<OperationPage, InputError>
  /** All operations, or those of a type or a state, page by page. */
  readonly listStream: (options?: OperationListOptions) => Stream.Stream<AssistantFile.OperationModel, InputError>
  /** An operation, and how far it is (`describe_operation`). */
  readonly describe: (id: string) => Effect.Effect<AssistantFile.OperationModel, CallError>
  /** An operation again and again until it is completed; fails with `PineconeOperationFailed` if it fails. */
  readonly progress: (
    id: string,
    options?: Poll.Options
  ) => Stream.Stream<AssistantFile.OperationModel, WaitError>
  /**
   * Waits until an operation is completed; fails with `PineconeOperationFailed` if it fails.
   *
   * @default a timeout of 5 minutes
   */
  readonly waitUntilCompleted: (
    id: string,
    options?: Poll.Options
  ) => Effect.Effect<AssistantFile.OperationModel, WaitError>
}

/**
 * What a chat completion is asked with.
 *
 * @since 0.1.0
 * @category models
 */
export interface CompletionOptions extends Timed {
  /** The chat so far, at least one message. */
  readonly messages: ReadonlyArray<Chat.ChatMessage>
  /**
   * The model that answers.
   *
   * @default "gpt-4o", by the server
   */
  readonly model?: typeof Chat.ChatModelName.Type | undefined
  /**
   * How much chance there is in the answer: none at 0. Some models have no such setting.
   *
   * @default 0, by the server
   */
  readonly temperature?: number | undefined
  /** The files that the answer may rest on. */
  readonly filter?: Filter.Filter<never> | undefined
}

/**
 * What a streamed chat is asked with.
 *
 * @since 0.1.0
 * @category models
 */
export interface ChatStreamOptions extends CompletionOptions {
  /**
   * Whether the references have the passages that the answer rests on.
   *
   * @default false
   */
  readonly includeHighlights?: boolean | undefined
  /** Which snippets of the files the model gets to see. */
  readonly contextOptions?: Chat.ContextOptions | undefined
}

/**
 * What a chat is asked with.
 *
 * @since 0.1.0
 * @category models
 */
export interface ChatOptions extends ChatStreamOptions {
  /**
   * Whether the answer is to be JSON.
   *
   * @default false
   */
  readonly jsonResponse?: boolean | undefined
}

/**
 * What context to find: for a question, or for the messages of a chat.
 *
 * @since 0.1.0
 * @category models
 */
export type ContextOptions =
  & Timed
  & {
    /** The files to look at. */
    readonly filter?: Filter.Filter<never> | undefined
    /**
     * The most snippets: 1 to 64.
     *
     * @default 16, by the server
     */
    readonly topK?: number | undefined
    /**
     * The largest size of a snippet in tokens: 512 to 8192.
     *
     * @default 2048, by the server
     */
    readonly snippetSize?: number | undefined
    /**
     * Whether to find images too.
     *
     * @default true, by the server
     */
    readonly multimodal?: boolean | undefined
    /**
     * Whether images come with their data, and not only with a caption.
     *
     * @default true, by the server
     */
    readonly includeBinaryContent?: boolean | undefined
  }
  & (
    | { readonly query: string; readonly messages?: undefined }
    | { readonly messages: ReadonlyArray<Chat.ChatMessage>; readonly query?: undefined }
  )

/**
 * One assistant.
 *
 * @since 0.1.0
 * @category models
 */
export interface Assistant {
  readonly name: string
  readonly files: Files
  readonly operations: Operations
  /**
   * An answer to a chat, with what it rests on (`chat_assistant`). It is sent again only where the server says that it did
   * nothing: a model works on it. One that takes longer than the settings' timeout wants a `timeout` of its own.
   */
  readonly chat: (options: ChatOptions) => Effect.Effect<Chat.ChatResponse, InputError>
  /**
   * The same, event by event as it is made: `MessageStart`, then `ContentChunk`s and `Citation`s, and at last `MessageEnd`.
   *
   * An answer that breaks off fails with `PineconeTransportError` after what has come. The timeout holds for the start of the answer,
   * and then for each silence. The end of the stream, or its interruption, closes the connection. Events of a kind that is not
   * known are left out.
   */
  readonly chatStream: (options: ChatStreamOptions) => Stream.Stream<Chat.ChatEvent, InputError>
  /** An answer in the form of OpenAI's chat completions, with the citations in its text (`chat_completion_assistant`). */
  readonly chatCompletions: (options: CompletionOptions) => Effect.Effect<Chat.Completion, InputError>
  /** The same, piece by piece as it is made; the last piece has a `finishReason`. */
  readonly chatCompletionsStream: (options: CompletionOptions) => Stream.Stream<Chat.CompletionChunk, InputError>
  /** The snippets of the files that fit a question, best first, for your own model (`context_assistant`). */
  readonly context: (options: ContextOptions) => Effect.Effect<ContextResponse, InputError>
}

/**
 * Connects to an assistant by its name or its host.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options): Effect.Effect<Assistant, never, PineconeHttpClient> =>
  Effect.map(connection.make(options), (connected) => ({
    name: options.name,
    ...files.make(connected),
    ...chat.make(connected)
  }))

/**
 * The tag of an application's assistant.
 *
 * @since 0.1.0
 * @category models
 */
export interface TagClass<Self, Id extends string> extends Context.TagClass<Self, Id, Assistant> {
  /** The assistant by name. */
  readonly layer: (options: Options) => Layer.Layer<Self, never, PineconeHttpClient>
  /** The same, with its settings from Config. */
  readonly layerConfig: (
    options: Config.Config.Wrap<Options>
  ) => Layer.Layer<Self, ConfigError, PineconeHttpClient>
}

/**
 * The tag of an application's assistant: `class Support extends Assistant.Tag("app/Support")<Support>() {}`.
 *
 * @since 0.1.0
 * @category tags
 */
export const Tag = <const Id extends string>(id: Id) => <Self>(): TagClass<Self, Id> => {
  const tag = Context.Tag(id)<Self, Assistant>()
  const layer = (options: Options) => Layer.effect(tag, make(options))
  return Object.assign(tag, {
    layer,
    layerConfig: (options: Config.Config.Wrap<Options>) => Layer.unwrapEffect(Effect.map(Config.unwrap(options), layer))
  })
}
