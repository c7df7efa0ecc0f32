import { AwsV4Signer } from "aws4fetch"
import * as Chunk from "effect/Chunk"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import type { ObjectInfo, ObjectStore } from "../ObjectStore.js"
import type { ObjectStoreError } from "../ObjectStoreError.js"
import type { Keys } from "../Stores.js"
import type { Answer, Call, Request, What } from "./caller.js"
import { smallAnswer } from "./caller.js"
import { failed } from "./failures.js"
import * as reading from "./reading.js"
import type { Sizes } from "./upload.js"
import * as upload from "./upload.js"
import { decode, segment } from "./uris.js"
import { escape, parse } from "./xml.js"

/** What makes a request one that is allowed. */
export type Authorize = (request: Request, region: string) => Effect.Effect<Request, ObjectStoreError>

const hex = (bytes: ArrayBuffer): string =>
  Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("")

const emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

const hashOf = (body: Uint8Array | undefined): Effect.Effect<string> =>
  body === undefined || body.length === 0
    ? Effect.succeed(emptyHash)
    // eslint-disable-next-line no-restricted-syntax -- no part of a body is in shared memory.
    : Effect.map(Effect.promise(() => crypto.subtle.digest("SHA-256", body as Uint8Array<ArrayBuffer>)), hex)

/** Signs a request as AWS has it, and Google for its HMAC keys. */
export const signed = (request: Request, keys: Keys, region: string): Effect.Effect<Request> =>
  Effect.gen(function*() {
    const now = new Date(yield* Clock.currentTimeMillis)
    const signer = new AwsV4Signer({
      method: request.method,
      url: request.url,
      headers: { ...request.headers, "x-amz-content-sha256": yield* hashOf(request.body) },
      accessKeyId: keys.accessKeyId,
      secretAccessKey: Redacted.value(keys.secretAccessKey),
      ...(keys.sessionToken === undefined ? {} : { sessionToken: Redacted.value(keys.sessionToken) }),
      service: "s3",
      region,
      datetime: now.toISOString().replace(/[:-]|\.\d{3}/g, "")
    })
    const { headers, url } = yield* Effect.promise(() => signer.sign())
    return { ...request, url: url.href, headers: Object.fromEntries(headers) }
  })

interface Options extends Sizes {
  readonly call: Call
  readonly uriOf: (key: string) => string
  /** The address of the bucket, without a slash at the end. */
  readonly address: (region: string) => string
  readonly region: Effect.Effect<string, ObjectStoreError>
  readonly authorize: Authorize
}

const xmlOf = (uri: string, { bytes }: Answer) => {
  const root = parse(new TextDecoder().decode(bytes))
  return root ?? failed("InvalidAnswer", uri, "the answer is not XML")
}

/** A bucket of S3 or of what speaks its protocol, as Google's XML API does. */
export const make = (
  { address, authorize, call, concurrency, partBytes, region: configured, uriOf }: Options
): ObjectStore => {
  // Where the bucket is, once Amazon has said it.
  let learned: string | undefined

  const prepare = (
    method: Request["method"],
    path: string,
    query: ReadonlyArray<readonly [string, string]>,
    more: Pick<Request, "headers" | "body"> = {}
  ): Effect.Effect<Request, ObjectStoreError> =>
    Effect.gen(function*() {
      const region = learned ?? (yield* configured)
      const search = query.map(([name, value]) => `${name}=${segment(value)}`).join("&")
      const url = `${address(region)}/${path.split("/").map(segment).join("/")}${search === "" ? "" : `?${search}`}`
      return yield* authorize({ ...more, method, url }, region)
    })

  /** Sends it to where the bucket is, if the answer says that it is elsewhere. */
  const send: Call = (what, request) =>
    Effect.suspend(() => {
      let elsewhere: string | undefined
      const onRefused: What["onRefused"] = (headers, body) => {
        elsewhere = headers["x-amz-bucket-region"] ?? /<Region>([a-z0-9-]{1,40})<\/Region>/.exec(body)?.[1]
      }
      const before = learned
      return Effect.catchIf(
        call({ ...what, onRefused }, request),
        ({ status }) => elsewhere !== undefined && elsewhere !== before && (status === 301 || status === 400),
        () => {
          learned = elsewhere
          return call(what, request)
        }
      )
    })

  const object = (
    method: Request["method"],
    key: string,
    query: ReadonlyArray<readonly [string, string]>,
    more?: Pick<Request, "headers" | "body">,
    what?: Partial<What>
  ) => send({ uri: uriOf(key), most: smallAnswer, ...what }, prepare(method, key, query, more))

  const page = (prefix: string, token: Option.Option<string>) =>
    Effect.gen(function*() {
      const uri = uriOf(prefix)
      const root = yield* Effect.flatMap(
        send(
          { uri, most: smallAnswer },
          prepare("GET", "", [
            ["list-type", "2"],
            ["encoding-type", "url"],
            ["prefix", prefix],
            ...Option.match(token, { onNone: () => [], onSome: (token) => [["continuation-token", token] as const] })
          ])
        ),
        (answer) => {
          const root = xmlOf(uri, answer)
          return "name" in root && "children" in root ? Effect.succeed(root) : root
        }
      )
      if (root.name !== "ListBucketResult") {
        return yield* failed("InvalidAnswer", uri, "the answer is not the list of a bucket")
      }
      const isEncoded = root.text("EncodingType") === "url"
      const objects: Array<ObjectInfo> = []
      for (const entry of root.children("Contents")) {
        const name = entry.text("Key") ?? ""
        const key = isEncoded ? decode(name.replaceAll("+", " ")) : name
        if (key === undefined) return yield* failed("InvalidAnswer", uri, "the list has a key that cannot be decoded")
        const size = Number(entry.text("Size"))
        // Some tools make empty objects for folders.
        if (!key.endsWith("/")) objects.push({ key, size, version: entry.text("ETag") })
      }
      const next = root.text("IsTruncated") === "true" ? root.text("NextContinuationToken") : undefined
      return [
        Chunk.unsafeFromArray(objects),
        next === undefined || next === "" ? Option.none() : Option.some(Option.some(next))
      ] as const
    })

  const put = (key: string, bytes: Uint8Array) => Effect.asVoid(object("PUT", key, [], { body: bytes }))

  const source = reading.make({
    call: send,
    uriOf,
    request: (method, key, headers) => prepare(method, key, [], { headers })
  })

  return {
    ...source,
    uriOf,
    list: (prefix) => Stream.paginateChunkEffect(Option.none<string>(), (token) => page(prefix, token)),
    remove: (key) =>
      Effect.asVoid(
        object("DELETE", key, [], {}, { accepts: (status) => status === 204 || status === 200 || status === 404 })
      ),
    ...upload.make({
      put,
      uriOf,
      maxParts: 10_000,
      begin: (key) =>
        Effect.flatMap(object("POST", key, [["uploads", ""]]), (answer) => {
          const root = xmlOf(uriOf(key), answer)
          const id = "text" in root ? root.text("UploadId") : undefined
          return id === undefined
            ? failed("InvalidAnswer", uriOf(key), "the answer names no upload")
            : Effect.succeed(id)
        }),
      part: (key, id, index, bytes) =>
        Effect.flatMap(
          object("PUT", key, [["partNumber", String(index + 1)], ["uploadId", id]], { body: bytes }),
          ({ headers }) =>
            headers["etag"] === undefined
              ? failed("InvalidAnswer", uriOf(key), "the answer to a part has no ETag")
              : Effect.succeed(headers["etag"])
        ),
      complete: (key, id, parts, bytes) => {
        const list = parts.map((tag, index) =>
          `<Part><PartNumber>${index + 1}</PartNumber><ETag>${escape(tag)}</ETag></Part>`
        )
        const body = new TextEncoder().encode(`<CompleteMultipartUpload>${list.join("")}</CompleteMultipartUpload>`)
        return object("POST", key, [["uploadId", id]], { body, headers: { "content-type": "application/xml" } }).pipe(
          // A failure can come with the status of success here.
          Effect.flatMap((answer) => {
            const root = xmlOf(uriOf(key), answer)
            return "name" in root && root.name === "CompleteMultipartUploadResult"
              ? Effect.void
              : failed("Unavailable", uriOf(key), "the parts could not be put together")
          }),
          // An attempt whose answer was lost has done it.
          Effect.catchIf(
            ({ code }) => code === "NoSuchUpload",
            (error) => Effect.filterOrFail(source.stat(key), ({ size }) => size === bytes, () => error)
          )
        )
      },
      // Whoever waits for it is interrupted, or has failed already.
      abort: (key, id) => Effect.asVoid(object("DELETE", key, [["uploadId", id]], {}, { times: "once", timeout: 5000 }))
    }, { concurrency, partBytes })
  }
}
