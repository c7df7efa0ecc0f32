/**
 * One bucket, container or folder: objects that are listed, read by ranges and written whole.
 *
 * All stores have the same interface. A store comes from `Stores.open`, which tells the kinds apart by their URIs.
 *
 * ```ts
 * import * as Stores from "@effect-pinecone/stores/Stores"
 * import * as Effect from "effect/Effect"
 * import * as Stream from "effect/Stream"
 *
 * // The last 8 bytes of each Parquet file of a prefix.
 * const program = Effect.gen(function*() {
 *   const { key, store } = yield* Stores.open("s3://bucket/export/")
 *   yield* store.list(key).pipe(
 *     Stream.filter(({ key }) => key.endsWith(".parquet")),
 *     Stream.mapEffect(({ key, size }) => store.read(key, { offset: size - 8, length: 8 }), { concurrency: 4 }),
 *     Stream.runForEach((bytes) => Effect.log(bytes.length))
 *   )
 * })
 * ```
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import type { ObjectStoreError } from "./ObjectStoreError.js"

/**
 * An object, as it is listed.
 *
 * @since 0.1.0
 * @category models
 */
export interface ObjectInfo {
  /** Its name within the store, without a slash at the start. */
  readonly key: string
  /** In bytes. */
  readonly size: number
  /** Changes when the object is replaced. A plain web server may have none. */
  readonly version: string | undefined
}

/**
 * Which bytes to read.
 *
 * @since 0.1.0
 * @category models
 */
export interface Range {
  /** The first byte, counted from zero. */
  readonly offset: number
  /** How many bytes, all of which must be there. */
  readonly length: number
  /**
   * The version that the object must have: the read fails with the reason `"Changed"` where it has another.
   *
   * @default any
   */
  readonly version?: string | undefined
}

/**
 * What is written: all at once, or as it comes. Of a stream at most some parts are in memory.
 *
 * @since 0.1.0
 * @category models
 */
export type Body<E = never, R = never> = Uint8Array | Stream.Stream<Uint8Array, E, R>

/**
 * A bucket of S3 or Google Cloud Storage, a container of Azure Blob Storage, a web server, or a folder.
 *
 * @since 0.1.0
 * @category models
 */
export interface ObjectStore {
  /** The URI of an object, which `Stores.open` takes. It has no secret in it. */
  readonly uriOf: (key: string) => string
  /** The objects whose keys start with a prefix, at any depth, page by page, in the order of the service. */
  readonly list: (prefix: string) => Stream.Stream<ObjectInfo, ObjectStoreError>
  /** The size and the version of an object. */
  readonly stat: (key: string) => Effect.Effect<ObjectInfo, ObjectStoreError>
  /** Bytes of an object. Exactly as many as were asked for, or an error. */
  readonly read: (key: string, range: Range) => Effect.Effect<Uint8Array, ObjectStoreError>
  /**
   * Writes an object, and replaces the one that is there. It is there when all of it is: where the run fails or is interrupted,
   * the object is as it was before.
   */
  readonly write: <E = never, R = never>(
    key: string,
    body: Body<E, R>
  ) => Effect.Effect<void, ObjectStoreError | E, R>
  /**
   * Uploads an object which is not there until the effect that this gives has run; where the scope closes before, it never is.
   * With it several objects can be made to appear together.
   */
  readonly stage: <E = never, R = never>(
    key: string,
    body: Body<E, R>
  ) => Effect.Effect<Effect.Effect<void, ObjectStoreError>, ObjectStoreError | E, R | Scope.Scope>
  /** Removes an object. One that is not there is no error. */
  readonly remove: (key: string) => Effect.Effect<void, ObjectStoreError>
}

/**
 * A place in a store.
 *
 * @since 0.1.0
 * @category models
 */
export interface Location {
  readonly store: ObjectStore
  /** The key of an object, or the prefix of several. */
  readonly key: string
}
