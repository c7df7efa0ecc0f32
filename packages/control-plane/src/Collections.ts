/**
 * The collections of a project: static copies of indexes on pods. For serverless indexes there are `Backups`.
 *
 * ```ts
 * import * as Collections from "@effect-pinecone/control-plane/Collections"
 * import * as Effect from "effect/Effect"
 *
 * const copied = Effect.gen(function*() {
 *   const collections = yield* Collections.Collections
 *   yield* collections.create({ name: "movies-copy", source: "movies" })
 *   return yield* collections.waitUntilReady("movies-copy", { timeout: "30 minutes" })
 * }).pipe(Effect.provide(Collections.layer))
 * ```
 *
 * @since 0.1.0
 */
import * as DerivedClient from "@effect-pinecone/http/DerivedClient"
import * as Operation from "@effect-pinecone/http/Operation"
import { PineconeHttpClient } from "@effect-pinecone/http/PineconeHttpClient"
import type * as Poll from "@effect-pinecone/http/Poll"
import * as Work from "@effect-pinecone/http/Work"
import type * as Collection from "@effect-pinecone/schema/Collection"
import type * as PineconeError from "@effect-pinecone/schema/PineconeError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as check from "./internal/check.js"
import * as definition from "./internal/definition.js"

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
 * What waiting for a collection can end in: `PineconeOperationFailed` where it is being deleted, `PineconeTimedOut` where the time is
 * over.
 *
 * @since 0.1.0
 * @category errors
 */
export type WaitError = CallError | PineconeError.OperationFailed

/**
 * What a new collection has.
 *
 * @since 0.1.0
 * @category models
 */
export interface CreateOptions {
  /** The name of the collection: 1 to 45 of a-z, 0-9 and `-`, with a letter or a digit at both ends. */
  readonly name: string
  /** The index to copy. */
  readonly source: string
}

/**
 * The methods of the `Collections` service.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /**
   * Starts to copy an index, and answers as soon as Pinecone has taken the request (`create_collection`). It is sent
   * again only where the server says that it did nothing.
   */
  readonly create: (options: CreateOptions) => Effect.Effect<Collection.CollectionModel, InputError>
  /** All collections of the project (`list_collections`). */
  readonly list: Effect.Effect<ReadonlyArray<Collection.CollectionModel>, CallError>
  /** A collection, as it is now (`describe_collection`). */
  readonly describe: (name: string) => Effect.Effect<Collection.CollectionModel, CallError>
  /** Deletes a collection (`delete_collection`). */
  readonly delete: (name: string) => Effect.Effect<void, CallError>
  /**
   * Waits until a collection is ready (`describe_collection`). Fails with `PineconeOperationFailed` as soon as it is being
   * deleted.
   *
   * @default a timeout of 5 minutes
   */
  readonly waitUntilReady: (
    name: string,
    options?: Poll.Options
  ) => Effect.Effect<Collection.CollectionModel, WaitError>
}

/**
 * The `Collections` service.
 *
 * @since 0.1.0
 * @category tags
 */
export class Collections extends Context.Tag("@effect-pinecone/control-plane/Collections")<Collections, Service>() {}

const becomingReady = (name: string): Work.Work<Collection.CollectionModel> => ({
  operation: "describe_collection",
  resource: "collection",
  id: name,
  goal: "to be ready",
  state: ({ status }) => status,
  done: ({ status }) => status === "Ready",
  dead: { Terminating: "create it again under another name" }
})

/**
 * Creates the `Collections` service.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<Service, never, PineconeHttpClient> = Effect.flatMap(
  PineconeHttpClient,
  (http) =>
    Effect.map(DerivedClient.group(http, definition.collections(http), "collections"), (call) => {
      const describe: Service["describe"] = (name) => {
        const place = { operation: "describe_collection" }
        return Effect.andThen(
          check.id(place, "name", name),
          call(place, (client) => client.describe({ path: { collection_name: name } }))
        )
      }

      return Collections.of(Operation.all<Service>({
        create: "create_collection",
        describe: "describe_collection",
        delete: "delete_collection"
      }, {
        create: (options) => {
          const operation = "create_collection"
          return Effect.flatMap(
            check.newCollection({ operation, index: check.textIn(options, "source") }, options),
            (payload) =>
              call(
                { operation, index: payload.source, idempotent: false },
                (client) => client.create({ payload })
              )
          )
        },
        list: Effect.map(
          call({ operation: "list_collections" }, (client) => client.list({})),
          ({ collections }) => collections ?? []
        ),
        describe,
        delete: (name) => {
          const place = { operation: "delete_collection" }
          return Effect.andThen(
            check.id(place, "name", name),
            call(place, (client) => client.delete({ path: { collection_name: name } }))
          )
        },
        waitUntilReady: (name, options) => {
          const place = { operation: "describe_collection" }
          return check.id(place, "name", name).pipe(
            Effect.andThen(check.wait(place, options)),
            Effect.flatMap((options) => Work.until(becomingReady(name), describe(name), options)),
            Operation.around("Collections.waitUntilReady")
          )
        }
      }))
    })
)

/**
 * Provides the `Collections` service.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<Collections, never, PineconeHttpClient> = Layer.effect(Collections, make)
