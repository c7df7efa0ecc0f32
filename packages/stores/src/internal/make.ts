import * as FileSystem from "@effect/platform/FileSystem"
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Path from "@effect/platform/Path"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { Location, ObjectStore } from "../ObjectStore.js"
import type { ObjectStoreError } from "../ObjectStoreError.js"
import type { Keys, Options, Service } from "../Stores.js"
import * as amazon from "./amazon.js"
import * as azure from "./azure.js"
import * as caller from "./caller.js"
import { failed, withoutQuery } from "./failures.js"
import * as files from "./files.js"
import * as google from "./google.js"
import { remembered } from "./memo.js"
import type { Authorize } from "./s3.js"
import * as s3 from "./s3.js"
import { setting } from "./settings.js"
import type { Place } from "./uris.js"
import * as uris from "./uris.js"
import * as web from "./web.js"

const mebibyte = 1024 * 1024

/** How errors call a URI: without what can be secret in a URL. */
export const shown = (uri: string): string =>
  /^https?:/i.test(uri) ? withoutQuery(uri).replace(/^(https?:\/\/)[^/]*@/i, "$1") : uri

/** What is wrong with the settings, if anything. */
const wrongSetting = ({ azure, concurrency = 4, gcs, partBytes = 8 * mebibyte, s3, timeout }: Options) => {
  const duration = Option.getOrUndefined(Duration.decodeUnknown(timeout ?? "30 seconds"))
  if (!Number.isSafeInteger(partBytes) || partBytes < 5 * mebibyte || partBytes > 4096 * mebibyte) {
    return `partBytes must be an integer from ${5 * mebibyte} (5 MiB) to ${4096 * mebibyte} (4 GiB), got ${partBytes}`
  }
  if (!Number.isSafeInteger(concurrency) || concurrency < 1 || concurrency > 256) {
    return `concurrency must be an integer from 1 to 256, got ${concurrency}`
  }
  if (duration === undefined || Duration.toMillis(duration) <= 0) return "timeout must be a duration of more than 0"
  for (const [name, endpoint] of Object.entries({ s3: s3?.endpoint, gcs: gcs?.endpoint, azure: azure?.endpoint })) {
    if (endpoint !== undefined && (!/^https?:\/\//.test(endpoint) || !URL.canParse(endpoint))) {
      return `${name}.endpoint must be a URL that starts with https:// or http://`
    }
  }
  return undefined
}

const withoutSlash = (address: string): string => address.replace(/\/+$/, "")

const unsigned: Authorize = (request) => Effect.succeed(request)

const isKeys = (credentials: object): credentials is Keys => "accessKeyId" in credentials

/** Why a key names no object, if it does not: a dot that stands for a folder would lead out of the bucket. */
const wrongKey = (store: ObjectStore, key: string): ObjectStoreError | undefined =>
  key === ""
    ? failed("InvalidUri", store.uriOf(key), "it names no object: write a key after the bucket")
    : uris.hasDots(key)
    ? failed("InvalidUri", store.uriOf(key), "a part of its key must not be . or ..")
    : undefined

/** Spans around what a store does, which have no query and no header. Keys are checked. */
const traced = (store: ObjectStore): ObjectStore => {
  const around = (name: string, key: string, more: Readonly<Record<string, unknown>> = {}) => {
    const wrong = wrongKey(store, key)
    return <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E | ObjectStoreError, R> =>
      wrong ?? Effect.withSpan(effect, `ObjectStore.${name}`, { attributes: { uri: store.uriOf(key), ...more } })
  }
  return {
    uriOf: store.uriOf,
    list: (prefix) =>
      uris.hasDots(prefix)
        ? Stream.fail(failed("InvalidUri", store.uriOf(prefix), "a part of its prefix must not be . or .."))
        : Stream.withSpan(store.list(prefix), "ObjectStore.list", { attributes: { uri: store.uriOf(prefix) } }),
    stat: (key) => around("stat", key)(store.stat(key)),
    read: (key, range) => around("read", key, { offset: range.offset, length: range.length })(store.read(key, range)),
    write: (key, body) => around("write", key)(store.write(key, body)),
    stage: (key, body) => around("stage", key)(store.stage(key, body)),
    remove: (key) => around("remove", key)(store.remove(key))
  }
}

/** Stores by settings, each made once. */
export const make = (options: Options, client: HttpClient.HttpClient): Service => {
  const problem = wrongSetting(options)
  const call = caller.make(client, options)
  const sizes = { partBytes: options.partBytes ?? 8 * mebibyte, concurrency: options.concurrency ?? 4 }
  const stores = new Map<string, ObjectStore>()

  /** Files are those of the first that opened the store, and credentials may be in them. */
  const withFiles = Effect.map(
    Effect.serviceOption(FileSystem.FileSystem),
    (found) => <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E> =>
      Option.isNone(found) ? effect : Effect.provideService(effect, FileSystem.FileSystem, found.value)
  )

  const bucketOfS3 = ({ bucket, region: known }: Place & { readonly _tag: "S3" }) =>
    Effect.gen(function*() {
      const { credentials = "environment", pathStyle, ...given } = options.s3 ?? {}
      const reading = yield* withFiles
      const endpoint = yield* amazon.endpointOf({ credentials, ...given })
      const region = known ?? (yield* amazon.regionOf({ credentials, ...given }, endpoint !== undefined))
      const uriOf = (key: string) => `s3://${bucket}/${key}`
      const isPath = pathStyle ?? (endpoint !== undefined || bucket.includes("."))
      const address = (region: string): string => {
        const domain = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com"
        const base = withoutSlash(endpoint ?? `https://s3.${region}.${domain}`)
        return isPath ? `${base}/${bucket}` : base.replace(/^(https?:\/\/)/, `$1${bucket}.`)
      }
      const keys = credentials === "anonymous"
        ? undefined
        : remembered(reading(amazon.keysOf(call, uriOf(""), credentials, region)))
      const authorize: Authorize = keys === undefined
        ? unsigned
        : (request, region) => Effect.flatMap(keys, (keys) => s3.signed(request, keys, region))
      return s3.make({ ...sizes, call, uriOf, address, authorize, region: Effect.succeed(region) })
    })

  const bucketOfGoogle = ({ bucket }: Place & { readonly _tag: "Gcs" }) =>
    Effect.gen(function*() {
      const { credentials = "environment", endpoint = "https://storage.googleapis.com" } = options.gcs ?? {}
      const reading = yield* withFiles
      const uriOf = (key: string) => `gs://${bucket}/${key}`
      const authorizing = (): Authorize => {
        if (credentials === "anonymous") return unsigned
        if (typeof credentials === "object" && isKeys(credentials)) {
          return (request, region) => s3.signed(request, credentials, region)
        }
        const token = remembered(reading(google.tokenOf(call, uriOf(""), credentials)))
        return (request) =>
          Effect.map(token, (token) => ({
            ...request,
            headers: { ...request.headers, authorization: `Bearer ${token}` }
          }))
      }
      return s3.make({
        ...sizes,
        call,
        uriOf,
        address: () => `${withoutSlash(endpoint)}/${bucket}`,
        authorize: authorizing(),
        region: Effect.succeed("auto")
      })
    })

  const container = ({ account: named, container, host }: Place & { readonly _tag: "Azure" }) =>
    Effect.gen(function*() {
      const { account: configured, credentials = "environment", endpoint } = options.azure ?? {}
      const account = named ?? configured ?? (yield* setting("AZURE_STORAGE_ACCOUNT"))
      if (account === undefined) {
        return yield* failed(
          "InvalidUri",
          `azure://${container}`,
          "it names no account: set the account, or write https://ACCOUNT.blob.core.windows.net/CONTAINER/KEY"
        )
      }
      // Credentials that are given are for the account that is configured, and for no other that a URI names.
      if (configured !== undefined && configured !== account && typeof credentials === "object") {
        return yield* failed("Credentials", host ?? account, `the credentials are for the account ${configured}`)
      }
      const uriOf = (key: string) =>
        host === undefined
          ? `azure://${container}/${key}`
          : `${host}/${container}/${key.split("/").map(uris.segment).join("/")}`
      const address = withoutSlash(
        endpoint ?? host?.replace(".dfs.", ".blob.") ?? `https://${account}.blob.core.windows.net`
      )
      return azure.make({ ...sizes, call, account, container, address, credentials, uriOf })
    })

  const folder = (uri: string) =>
    Effect.gen(function*() {
      const fs = yield* Effect.serviceOption(FileSystem.FileSystem)
      const path = yield* Effect.serviceOption(Path.Path)
      return Option.isSome(fs) && Option.isSome(path)
        ? files.make(fs.value, path.value)
        : yield* failed(
          "Unsupported",
          uri,
          "files cannot be read: provide FileSystem and Path, as with NodeContext.layer"
        )
    })

  const once = <E>(name: string, make: Effect.Effect<ObjectStore, E>): Effect.Effect<ObjectStore, E> =>
    Effect.suspend(() => {
      const known = stores.get(name)
      if (known !== undefined) return Effect.succeed(known)
      return Effect.map(make, (made) => {
        const store = traced(made)
        stores.set(name, store)
        return store
      })
    })

  const locate = (uri: string, place: Place): Effect.Effect<Location, ObjectStoreError> => {
    const at = (name: string, key: string, make: Effect.Effect<ObjectStore, ObjectStoreError>) =>
      Effect.map(once(name, make), (store) => ({ store, key }))
    switch (place._tag) {
      case "S3":
        return at(`s3 ${place.bucket} ${place.region ?? ""}`, place.key, bucketOfS3(place))
      case "Gcs":
        return at(`gs ${place.bucket}`, place.key, bucketOfGoogle(place))
      case "Azure":
        return at(`azure ${place.host ?? ""} ${place.container}`, place.key, container(place))
      case "Web": {
        const { origin, path, query } = place
        const make = Effect.sync(() => web.make({ call, origin, query, https: options.https }))
        // What has a signature is for one file.
        return query === ""
          ? at(`web ${origin}`, path, make)
          : Effect.map(make, (made) => ({ store: traced(made), key: path }))
      }
      case "File": {
        if (!URL.canParse(place.url)) return failed("InvalidUri", uri, "write it as file:///path")
        const key = Effect.try({
          try: () => decodeURIComponent(new URL(place.url).pathname.slice(1)),
          catch: () => failed("InvalidUri", uri, "it has a % that begins no character")
        })
        return Effect.flatMap(key, (key) => Effect.map(folder(uri), (store) => ({ store: traced(store), key })))
      }
    }
  }

  return {
    open: (uri) =>
      Effect.suspend(() => {
        if (problem !== undefined) return failed("InvalidSettings", shown(uri), problem)
        const place = uris.read(uri)
        return "wrong" in place
          ? failed("InvalidUri", shown(uri), `it names no place in an object store: ${place.wrong}`)
          : locate(shown(uri), place)
      })
  }
}
