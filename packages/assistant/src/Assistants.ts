/**
 * The assistants of a project: creating, finding, changing and deleting them, and waiting for them. `Assistant` is one of
 * them: its files, and chats with it.
 *
 * ```ts
 * import * as Assistants from "@effect-pinecone/assistant/Assistants"
 * import * as Effect from "effect/Effect"
 *
 * const ready = Effect.gen(function*() {
 *   const assistants = yield* Assistants.Assistants
 *   yield* assistants.create({ name: "support", instructions: "Answer in one sentence.", region: "eu" })
 *   return yield* assistants.waitUntilReady("support")
 * }).pipe(Effect.provide(Assistants.layer))
 * ```
 *
 * @since 0.1.0
 */
import { AssistantControlApi } from "@effect-pinecone/http/AssistantControlApi"
import * as DerivedClient from "@effect-pinecone/http/DerivedClient"
import * as Operation from "@effect-pinecone/http/Operation"
import * as Pages from "@effect-pinecone/http/Pages"
import { PineconeHttpClient } from "@effect-pinecone/http/PineconeHttpClient"
import type * as Poll from "@effect-pinecone/http/Poll"
import * as Work from "@effect-pinecone/http/Work"
import type * as Assistant from "@effect-pinecone/schema/Assistant"
import type * as PineconeError from "@effect-pinecone/schema/PineconeError"
import * as Usage from "@effect-pinecone/schema/Usage"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as check from "./internal/check.js"
import { found } from "./internal/found.js"

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
 * What waiting for an assistant can end in: `PineconeOperationFailed` where it is in a state from which it does not become ready,
 * `PineconeTimedOut` where the time is over.
 *
 * @since 0.1.0
 * @category errors
 */
export type WaitError = CallError | PineconeError.OperationFailed

/**
 * Which assistants to list.
 *
 * @since 0.1.0
 * @category models
 */
export interface ListOptions {
  /**
   * Entries on a page: 1 to 100.
   *
   * @default 50, by the server
   */
  readonly limit?: number | undefined
}

/**
 * Which page of the list to return, and how long it is.
 *
 * @since 0.1.0
 * @category models
 */
export interface PageOptions extends ListOptions {
  /** The `next` of the page before. */
  readonly paginationToken?: string | undefined
}

/**
 * A page of assistants.
 *
 * @since 0.1.0
 * @category models
 */
export interface Page {
  readonly assistants: ReadonlyArray<Assistant.AssistantModel>
  /** The token of the next page; absent on the last. */
  readonly next: string | undefined
}

/**
 * The methods of the `Assistants` service.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /**
   * Creates an assistant, and answers as soon as Pinecone has taken the request (`create_assistant`). The name has 1 to 63
   * characters; instructions and metadata have at most 16 KB each. The default region is `us`. Fails with `PineconeAlreadyExists`
   * where the name is taken. It is sent again only where the server says that it did nothing.
   */
  readonly create: (
    options: Assistant.CreateAssistantRequest
  ) => Effect.Effect<Assistant.AssistantModel, InputError>
  /** A page of the assistants (`list_assistants`). */
  readonly list: (options?: PageOptions) => Effect.Effect<Page, InputError>
  /** All assistants, page by page. */
  readonly listStream: (options?: ListOptions) => Stream.Stream<Assistant.AssistantModel, InputError>
  /** An assistant, as it is now (`get_assistant`). */
  readonly describe: (name: string) => Effect.Effect<Assistant.AssistantModel, CallError>
  /**
   * Changes the instructions or the metadata of an assistant (`update_assistant`). What is left out stays; `null` takes it
   * away.
   */
  readonly update: (
    name: string,
    options: Assistant.UpdateAssistantRequest
  ) => Effect.Effect<Assistant.UpdateAssistantResponse, InputError>
  /** Deletes an assistant with all of its files, without waiting (`delete_assistant`). */
  readonly delete: (name: string) => Effect.Effect<void, CallError>
  /**
   * Waits until an assistant is ready (`get_assistant`). Fails with `PineconeOperationFailed` as soon as its state is `Failed`,
   * `InitializationFailed` or `Terminating`.
   *
   * @default a timeout of 5 minutes
   */
  readonly waitUntilReady: (
    name: string,
    options?: Poll.Options
  ) => Effect.Effect<Assistant.AssistantModel, WaitError>
  /**
   * Waits until no assistant has the name any more (`get_assistant`).
   *
   * @default a timeout of 5 minutes
   */
  readonly waitUntilGone: (
    name: string,
    options?: Poll.Options
  ) => Effect.Effect<void, Exclude<CallError, PineconeError.NotFound>>
}

/**
 * The `Assistants` service.
 *
 * @since 0.1.0
 * @category tags
 */
export class Assistants extends Context.Tag("@effect-pinecone/assistant/Assistants")<Assistants, Service>() {}

const becomingReady = (name: string): Work.Work<Assistant.AssistantModel> => ({
  operation: "get_assistant",
  resource: "assistant",
  id: name,
  assistant: name,
  goal: "to be ready",
  state: ({ status }) => status,
  done: ({ status }) => status === "Ready",
  dead: {
    Failed: "delete it and create it again",
    InitializationFailed: "delete it and create it again",
    Terminating: "wait until it is gone, and create it again"
  }
})

const going = (name: string): Work.Goal => ({
  operation: "get_assistant",
  resource: "assistant",
  id: name,
  assistant: name,
  goal: "to be gone"
})

/**
 * Creates the `Assistants` service.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<Service, never, PineconeHttpClient> = Effect.gen(function*() {
  const http = yield* PineconeHttpClient
  const call = yield* DerivedClient.group(http, AssistantControlApi, "assistants", `${http.controllerHost}/assistant`)

  const around = (method: string, name: string) =>
    Operation.around(`Assistants.${method}`, { "pinecone.assistant": name })

  /** Looks at the name that an operation is given before it goes on. */
  const about = <A, E>(
    operation: string,
    name: string,
    run: (place: { readonly operation: string; readonly assistant: string }) => Effect.Effect<A, E>
  ) => {
    const place = { operation, assistant: name }
    return Effect.andThen(check.segment(place, "name", name), Effect.suspend(() => run(place)))
  }

  const describe: Service["describe"] = (name) =>
    about(
      "get_assistant",
      name,
      (place) => call(place, (client) => client.describe({ path: { assistant_name: name } }))
    )

  const listing = { operation: "list_assistants" }

  const list: Service["list"] = (options = {}) =>
    check.page(listing, options).pipe(
      Effect.flatMap(() => {
        const { limit, paginationToken } = options
        return call(listing, (client) => client.list({ urlParams: { limit, pagination_token: paginationToken } }))
      }),
      Effect.map(({ assistants, pagination }) => ({ assistants, next: Usage.next({ pagination }) }))
    )

  return Assistants.of(Operation.all<Service>({
    create: "create_assistant",
    list: "list_assistants",
    describe: "get_assistant",
    update: "update_assistant",
    delete: "delete_assistant"
  }, {
    create: (options) =>
      Effect.flatMap(check.newAssistant({ operation: "create_assistant" }, options), () =>
        call(
          { operation: "create_assistant", assistant: options.name, idempotent: false },
          (client) => client.create({ payload: options })
        )),
    list,
    listStream: (options = {}) =>
      Stream.unwrap(
        Effect.map(Operation.unlessRefused(listing)(check.page(listing, options)), () =>
          Pages.stream(listing, (paginationToken) =>
            Effect.map(list({ ...options, paginationToken }), ({ assistants, next }) => [assistants, next])))
      ),
    describe,
    update: (name, options) =>
      about("update_assistant", name, (place) =>
        Effect.andThen(
          check.about(place, options),
          call(place, (client) => client.update({ path: { assistant_name: name }, payload: options }))
        )),
    delete: (name) =>
      about(
        "delete_assistant",
        name,
        (place) => call(place, (client) => client.delete({ path: { assistant_name: name } }))
      ),
    waitUntilReady: (name, options) =>
      Work.until(becomingReady(name), describe(name), options).pipe(
        around("waitUntilReady", name)
      ),
    waitUntilGone: (name, options) =>
      Work.untilGone(going(name), found(describe(name)), options).pipe(
        around("waitUntilGone", name)
      )
  }))
})

/**
 * Provides the `Assistants` service.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<Assistants, never, PineconeHttpClient> = Layer.effect(Assistants, make)
