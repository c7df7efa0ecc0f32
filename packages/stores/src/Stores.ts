/**
 * Object stores by their URIs:
 *
 * | URI | store |
 * |---|---|
 * | `s3://BUCKET/KEY` | Amazon S3, and what speaks its protocol: MinIO, Cloudflare R2, … |
 * | `gs://BUCKET/KEY` | Google Cloud Storage |
 * | `azure://CONTAINER/KEY`, `https://ACCOUNT.blob.core.windows.net/CONTAINER/KEY` | Azure Blob Storage |
 * | `https://HOST/PATH` | a web server, read only; it is listed by its index pages |
 * | `file:///PATH` | a folder, where the context has `FileSystem` and `Path` |
 *
 * Without a layer the stores use `fetch` and the credentials of the environment. Keys in `s3://`, `gs://` and `azure://` URIs stand
 * as they are; in `https://` and `file://` they are percent-encoded.
 *
 * ```ts
 * import * as Stores from "@effect-pinecone/stores/Stores"
 * import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 * import * as Redacted from "effect/Redacted"
 *
 * const MinIO = Stores.layer({
 *   s3: {
 *     endpoint: "https://minio.example.com",
 *     credentials: { accessKeyId: "app", secretAccessKey: Redacted.make("a secret") }
 *   }
 * }).pipe(Layer.provide(FetchHttpClient.layer))
 *
 * const program = Stores.open("s3://bucket/notes/today.txt").pipe(
 *   Effect.flatMap(({ key, store }) => store.write(key, new TextEncoder().encode("hello"))),
 *   Effect.provide(MinIO)
 * )
 * ```
 *
 * @since 0.1.0
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as Config from "effect/Config"
import type { ConfigError } from "effect/ConfigError"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import type * as Schedule from "effect/Schedule"
import type { Location } from "./ObjectStore.js"
import type { ObjectStoreError } from "./ObjectStoreError.js"

/**
 * A pair of keys, as S3 has them.
 *
 * @since 0.1.0
 * @category models
 */
export interface Keys {
  readonly accessKeyId: string
  readonly secretAccessKey: Redacted.Redacted
  /** For temporary credentials. */
  readonly sessionToken?: Redacted.Redacted | undefined
}

/**
 * How S3 is reached.
 *
 * @since 0.1.0
 * @category models
 */
export interface S3Options {
  /**
   * The address of a service that speaks the protocol of S3, such as `"https://ACCOUNT.r2.cloudflarestorage.com"`.
   *
   * @default `AWS_ENDPOINT_URL_S3` or `AWS_ENDPOINT_URL` where the credentials are those of the environment; else Amazon's of the region
   */
  readonly endpoint?: string | undefined
  /**
   * Where the bucket is. Amazon says so itself where this is wrong, and the request is sent there.
   *
   * @default `AWS_REGION`, `AWS_DEFAULT_REGION` or that of the profile, where the credentials are those of the environment; else
   * `"us-east-1"`, and `"auto"` with an `endpoint`
   */
  readonly region?: string | undefined
  /**
   * Whether the bucket is a part of the path, rather than of the name of the host.
   *
   * @default true with an `endpoint`, and for buckets with a dot in their names
   */
  readonly pathStyle?: boolean | undefined
  /**
   * What requests are signed with:
   *
   * - keys;
   * - `"environment"`: `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, else the token of a web identity
   *   (`AWS_WEB_IDENTITY_TOKEN_FILE`, `AWS_ROLE_ARN`), else the profile `AWS_PROFILE` or `default` of the files of AWS, else the role
   *   of the container, else that of the machine;
   * - `{ profile }`: a profile of `~/.aws/credentials` and `~/.aws/config`;
   * - `"anonymous"`: nothing, for public buckets.
   *
   * @default "environment"
   */
  readonly credentials?: Keys | { readonly profile: string } | "environment" | "anonymous" | undefined
}

/**
 * How Google Cloud Storage is reached, by its XML API.
 *
 * @since 0.1.0
 * @category models
 */
export interface GcsOptions {
  /**
   * @default "https://storage.googleapis.com"
   */
  readonly endpoint?: string | undefined
  /**
   * What requests are authorized with:
   *
   * - keys: an HMAC key of a service account or a user;
   * - `{ serviceAccount }`: the JSON of a service account's key;
   * - `{ token }`: an access token;
   * - `"environment"`: the file that `GOOGLE_APPLICATION_CREDENTIALS` names, else the service account of the machine;
   * - `"anonymous"`: nothing, for public buckets.
   *
   * @default "environment"
   */
  readonly credentials?:
    | Keys
    | { readonly serviceAccount: Redacted.Redacted }
    | { readonly token: Redacted.Redacted }
    | "environment"
    | "anonymous"
    | undefined
}

/**
 * How Azure Blob Storage is reached.
 *
 * @since 0.1.0
 * @category models
 */
export interface AzureOptions {
  /**
   * The storage account. An `https://` URI names it.
   *
   * @default `AZURE_STORAGE_ACCOUNT`
   */
  readonly account?: string | undefined
  /**
   * The address of the account's blobs.
   *
   * @default `https://ACCOUNT.blob.core.windows.net`
   */
  readonly endpoint?: string | undefined
  /**
   * What requests are authorized with:
   *
   * - `{ accountKey }`: a key of the account;
   * - `{ sasToken }`: a shared access signature, without a `?`;
   * - `{ token }`: an access token for `https://storage.azure.com/`;
   * - `"environment"`: `AZURE_STORAGE_KEY`, else `AZURE_STORAGE_SAS_TOKEN`, else the managed identity of the machine. They are used
   *   for the account `AZURE_STORAGE_ACCOUNT` alone;
   * - `"anonymous"`: nothing, for public containers.
   *
   * @default "environment"
   */
  readonly credentials?:
    | { readonly accountKey: Redacted.Redacted }
    | { readonly sasToken: Redacted.Redacted }
    | { readonly token: Redacted.Redacted }
    | "environment"
    | "anonymous"
    | undefined
}

/**
 * How stores are reached. What is left out is looked up in the environment.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly s3?: S3Options | undefined
  readonly gcs?: GcsOptions | undefined
  readonly azure?: AzureOptions | undefined
  /**
   * Headers for plain `https://` servers, such as `authorization`, and the origin that they are for, such as `"https://files.example.com"`.
   */
  readonly https?: {
    readonly origin: string
    readonly headers: { readonly [name: string]: Redacted.Redacted }
  } | undefined
  /**
   * When a request that failed with a transient error is sent again. `Retry-After` is the least that it waits.
   *
   * @default 4 times, after 200 ms and then twice as long each time, with jitter
   */
  readonly retry?: Schedule.Schedule<unknown, ObjectStoreError> | undefined
  /**
   * How long a request may be silent before it fails with the reason `"Connection"`.
   *
   * @default "30 seconds"
   */
  readonly timeout?: Duration.DurationInput | undefined
  /**
   * The bytes of a part of an upload, at least 5 MiB. An object has at most 10,000 parts on S3 and 50,000 on Azure.
   *
   * @default 8 MiB
   */
  readonly partBytes?: number | undefined
  /**
   * How many parts of an object are uploaded at a time. In memory are two more.
   *
   * @default 4
   */
  readonly concurrency?: number | undefined
}

/**
 * What opens stores.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** The store and the key of a URI. Nothing is sent yet: a bucket that is not there fails when it is used. */
  readonly open: (uri: string) => Effect.Effect<Location, ObjectStoreError>
}

/** What speaks to the services is loaded when the first store is opened. */
const lazily = (options: Options, client: Effect.Effect<HttpClient.HttpClient>): Service => {
  let made: Promise<Service> | undefined
  const load = Effect.flatMap(client, (client) =>
    Effect.promise(() => {
      made ??= import("./internal/make.js").then(({ make }) => make(options, client))
      return made
    }))
  return { open: (uri) => Effect.flatMap(load, ({ open }) => open(uri)) }
}

const fetchClient = Effect.provide(HttpClient.HttpClient, FetchHttpClient.layer)

/**
 * The stores of an application. Without a layer they are reached by `fetch`, with the credentials of the environment.
 *
 * @since 0.1.0
 * @category tags
 */
export class Stores extends Context.Reference<Stores>()("@effect-pinecone/stores/Stores", {
  defaultValue: (): Service => lazily({}, fetchClient)
}) {}

/**
 * The store and the key of a URI.
 *
 * @since 0.1.0
 * @category constructors
 */
export const open = (uri: string): Effect.Effect<Location, ObjectStoreError> =>
  Effect.flatMap(Stores, ({ open }) => open(uri))

/**
 * Stores by these settings. A setting that cannot be used fails the first `open`, with the reason `"InvalidSettings"`.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (options: Options = {}): Layer.Layer<Stores, never, HttpClient.HttpClient> =>
  Layer.effect(Stores, Effect.map(HttpClient.HttpClient, (client) => lazily(options, Effect.succeed(client))))

/**
 * The same by settings from `Config`.
 *
 * ```ts
 * import * as Stores from "@effect-pinecone/stores/Stores"
 * import * as Config from "effect/Config"
 *
 * const R2 = Stores.layerConfig(Config.all({
 *   s3: Config.all({
 *     endpoint: Config.string("R2_ENDPOINT"),
 *     credentials: Config.all({
 *       accessKeyId: Config.string("R2_ACCESS_KEY_ID"),
 *       secretAccessKey: Config.redacted("R2_SECRET_ACCESS_KEY")
 *     })
 *   })
 * }))
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layerConfig = (
  options: Config.Config.Wrap<Options>
): Layer.Layer<Stores, ConfigError, HttpClient.HttpClient> =>
  Layer.unwrapEffect(Effect.map(Config.unwrap(options), layer))
