import * as Chunk from "effect/Chunk"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { ObjectInfo, ObjectStore } from "../ObjectStore.js"
import type { ObjectStoreError } from "../ObjectStoreError.js"
import type { AzureOptions } from "../Stores.js"
import type { Call, Request, What } from "./caller.js"
import { smallAnswer } from "./caller.js"
import { failed } from "./failures.js"
import type { Lasting } from "./memo.js"
import { remembered } from "./memo.js"
import * as reading from "./reading.js"
import { json, noCredentials, secret, setting } from "./settings.js"
import type { Sizes } from "./upload.js"
import * as upload from "./upload.js"
import { decode, segment } from "./uris.js"
import { escape, parse } from "./xml.js"

/** A version that all regions and the emulator have. */
const version = "2021-12-02"

const encoder = new TextEncoder()

const base64 = (bytes: Uint8Array): string => {
  let text = ""
  for (const byte of bytes) text += String.fromCharCode(byte)
  return btoa(text)
}

const hmac = (key: Uint8Array<ArrayBuffer>, text: string): Promise<string> =>
  crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, ["sign"])
    .then((key) => crypto.subtle.sign("HMAC", key, encoder.encode(text)))
    .then((signature) => base64(new Uint8Array(signature)))

/** The text that a shared key signs: https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key */
const textToSign = ({ body, headers = {}, method, url }: Request, account: string): string => {
  const { pathname, searchParams } = new URL(url)
  const header = (name: string): string => headers[name] ?? ""
  const own = Object.keys(headers).filter((name) => name.startsWith("x-ms-")).sort()
  const query = Array.from(searchParams.keys()).sort()
  return [
    method,
    header("content-encoding"),
    header("content-language"),
    body === undefined || body.length === 0 ? "" : String(body.length),
    header("content-md5"),
    header("content-type"),
    "",
    header("if-modified-since"),
    header("if-match"),
    header("if-none-match"),
    header("if-unmodified-since"),
    header("range"),
    ...own.map((name) => `${name}:${header(name)}`),
    [`/${account}${pathname}`, ...query.map((name) => `${name.toLowerCase()}:${searchParams.get(name)}`)].join("\n")
  ].join("\n")
}

const sharedKey = (
  request: Request,
  account: string,
  key: Redacted.Redacted,
  uri: string
): Effect.Effect<Request, ObjectStoreError> =>
  Effect.gen(function*() {
    const raw = yield* Effect.try({
      try: () => Uint8Array.from(atob(Redacted.value(key)), (character) => character.charCodeAt(0)),
      catch: () => noCredentials(uri, "the key of the account is not base64")
    })
    const signature = yield* Effect.promise(() => hmac(raw, textToSign(request, account)))
    return { ...request, headers: { ...request.headers, authorization: `SharedKey ${account}:${signature}` } }
  })

const Token = Schema.Struct({ access_token: Schema.String, expires_in: Schema.NumberFromString })

/** A token of the machine's managed identity. */
const ofMachine = (call: Call, uri: string): Effect.Effect<Lasting<string>, ObjectStoreError> =>
  Effect.gen(function*() {
    const { bytes } = yield* call(
      { uri, most: smallAnswer, times: "once", timeout: 1000 },
      Effect.succeed({
        method: "GET",
        url: "http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01" +
          "&resource=https%3A%2F%2Fstorage.azure.com%2F",
        headers: { metadata: "true" }
      })
    )
    const { access_token, expires_in } = yield* json(
      Token,
      new TextDecoder().decode(bytes),
      () => failed("InvalidAnswer", uri, "the managed identity gave no token")
    )
    return { value: access_token, expires: (yield* Clock.currentTimeMillis) + expires_in * 1000 }
  })

type Given = Exclude<NonNullable<AzureOptions["credentials"]>, string>

/** What the environment has for an account. */
const fromEnvironment = (call: Call, uri: string, account: string): Effect.Effect<Lasting<Given>, ObjectStoreError> =>
  Effect.gen(function*() {
    const own = yield* setting("AZURE_STORAGE_ACCOUNT")
    const nothing = noCredentials(
      uri,
      `there are no credentials for the account ${account}: looked at AZURE_STORAGE_KEY and AZURE_STORAGE_SAS_TOKEN, for ` +
        `AZURE_STORAGE_ACCOUNT (${
          own ?? "not set"
        }), and the managed identity of the machine. For a public container set ` +
        "credentials: \"anonymous\""
    )
    if (own === account) {
      const accountKey = yield* secret("AZURE_STORAGE_KEY")
      if (accountKey !== undefined) return { value: { accountKey }, expires: undefined }
      const sasToken = yield* secret("AZURE_STORAGE_SAS_TOKEN")
      if (sasToken !== undefined) return { value: { sasToken }, expires: undefined }
    }
    const { expires, value } = yield* Effect.mapError(ofMachine(call, uri), () => nothing)
    return { value: { token: Redacted.make(value) }, expires }
  })

interface Options extends Sizes {
  readonly call: Call
  readonly account: string
  readonly container: string
  /** The address of the account, without a slash at the end. */
  readonly address: string
  readonly credentials: NonNullable<AzureOptions["credentials"]>
  readonly uriOf: (key: string) => string
}

/** A container of Azure Blob Storage. */
export const make = (
  { account, address, call, concurrency, container, credentials, partBytes, uriOf }: Options
): ObjectStore => {
  const given: Effect.Effect<Given | undefined, ObjectStoreError> = credentials === "anonymous"
    ? Effect.succeed(undefined)
    : credentials === "environment"
    ? remembered(fromEnvironment(call, uriOf(""), account))
    : Effect.succeed(credentials)

  const prepare = (
    method: Request["method"],
    path: string,
    query: ReadonlyArray<readonly [string, string]>,
    more: Pick<Request, "headers" | "body"> = {}
  ): Effect.Effect<Request, ObjectStoreError> =>
    Effect.gen(function*() {
      const authorized = yield* given
      const search = query.map(([name, value]) => `${name}=${segment(value)}`)
      if (authorized !== undefined && "sasToken" in authorized) {
        search.push(Redacted.value(authorized.sasToken).replace(/^\?/, ""))
      }
      const request: Request = {
        ...more,
        method,
        url: `${address}/${container}${path}${search.length === 0 ? "" : `?${search.join("&")}`}`,
        headers: {
          ...more.headers,
          "x-ms-version": version,
          "x-ms-date": new Date(yield* Clock.currentTimeMillis).toUTCString(),
          ...(more.body === undefined ? {} : { "content-type": "application/octet-stream" })
        }
      }
      if (authorized === undefined || "sasToken" in authorized) return request
      if ("accountKey" in authorized) return yield* sharedKey(request, account, authorized.accountKey, uriOf(""))
      return {
        ...request,
        headers: { ...request.headers, authorization: `Bearer ${Redacted.value(authorized.token)}` }
      }
    })

  const pathOf = (key: string): string => `/${key.split("/").map(segment).join("/")}`

  const blob = (
    method: Request["method"],
    key: string,
    query: ReadonlyArray<readonly [string, string]>,
    more?: Pick<Request, "headers" | "body">,
    what?: Partial<What>
  ) => Effect.asVoid(call({ uri: uriOf(key), most: smallAnswer, ...what }, prepare(method, pathOf(key), query, more)))

  const page = (prefix: string, marker: Option.Option<string>) =>
    Effect.gen(function*() {
      const uri = uriOf(prefix)
      const { bytes } = yield* call(
        { uri, most: smallAnswer },
        prepare("GET", "", [
          ["restype", "container"],
          ["comp", "list"],
          ["prefix", prefix],
          ...Option.match(marker, { onNone: () => [], onSome: (marker) => [["marker", marker] as const] })
        ])
      )
      const root = parse(new TextDecoder().decode(bytes))
      if (root?.name !== "EnumerationResults") {
        return yield* failed("InvalidAnswer", uri, "the answer is not the list of a container")
      }
      const objects: Array<ObjectInfo> = []
      for (const entry of root.child("Blobs")?.children("Blob") ?? []) {
        const name = entry.child("Name")
        const properties = entry.child("Properties")
        const key = (name?.attribute("Encoded") === "true" ? decode(name.content) : name?.content) ?? ""
        // The etag of a list has no quotes, and that of an answer has.
        const etag = properties?.text("Etag") ?? properties?.text("ETag")
        const isFolder = key.endsWith("/") || properties?.text("ResourceType") === "directory"
        if (!isFolder) {
          objects.push({
            key,
            size: Number(properties?.text("Content-Length")),
            version: etag === undefined || etag.startsWith("\"") ? etag : `"${etag}"`
          })
        }
      }
      const next = root.text("NextMarker")
      return [
        Chunk.unsafeFromArray(objects),
        next === undefined || next === "" ? Option.none() : Option.some(Option.some(next))
      ] as const
    })

  const blockOf = (id: string, index: number): string =>
    base64(encoder.encode(`${id}-${String(index).padStart(6, "0")}`))

  return {
    ...reading.make({
      call,
      uriOf,
      rangeHeader: "x-ms-range",
      request: (method, key, headers) => prepare(method, pathOf(key), [], { headers })
    }),
    uriOf,
    list: (prefix) => Stream.paginateChunkEffect(Option.none<string>(), (marker) => page(prefix, marker)),
    remove: (key) =>
      blob("DELETE", key, [], {}, { accepts: (status) => status === 202 || status === 200 || status === 404 }),
    ...upload.make({
      uriOf,
      maxParts: 50_000,
      put: (key, bytes) => blob("PUT", key, [], { body: bytes, headers: { "x-ms-blob-type": "BlockBlob" } }),
      // Blocks of two uploads to one blob are told apart by it. Those that no list names are removed by Azure after a week.
      begin: () => Effect.map(Random.nextIntBetween(0, 2 ** 31), (id) => id.toString(36).padStart(6, "0")),
      part: (key, id, index, bytes) => {
        const block = blockOf(id, index)
        return Effect.as(blob("PUT", key, [["comp", "block"], ["blockid", block]], { body: bytes }), block)
      },
      complete: (key, _id, blocks) => {
        const list = blocks.map((block) => `<Latest>${escape(block)}</Latest>`).join("")
        const body = encoder.encode(`<?xml version="1.0" encoding="utf-8"?><BlockList>${list}</BlockList>`)
        return blob("PUT", key, [["comp", "blocklist"]], { body })
      },
      abort: () => Effect.void
    }, { concurrency, partBytes })
  }
}
