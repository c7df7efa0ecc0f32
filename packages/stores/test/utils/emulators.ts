import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import { createHmac, createVerify, generateKeyPairSync } from "node:crypto"
import * as Fs from "node:fs"
import { createRequire } from "node:module"
import type { AddressInfo } from "node:net"
import * as Os from "node:os"
import * as Path from "node:path"
import * as Stores from "../../src/Stores.js"
import type { Gate, Instead, Seen } from "./gate.js"
import { checkAzureTime, checkV4, gate, xmlError } from "./gate.js"

const require = createRequire(import.meta.url)

export const accessKeyId = "S3RVERACCESSKEY"
export const secretAccessKey = "s3-secret-wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLE"
export const keys: Stores.Keys = { accessKeyId, secretAccessKey: Redacted.make(secretAccessKey) }

/** The account that azurite is known for, with a key of our own, so that a test can look for it. */
export const account = "devstoreaccount1"
export const accountKey = Buffer.from("azure-secret-0123456789-0123456789-0123456789").toString("base64")

/** A second try at once: what is tested is whether there is one. */
export const fast = { retry: Schedule.recurs(3), timeout: "5 seconds" } as const

const temporary = Effect.acquireRelease(
  Effect.sync(() => Fs.mkdtempSync(Path.join(Os.tmpdir(), "stores-"))),
  (folder) => Effect.sync(() => Fs.rmSync(folder, { recursive: true, force: true }))
)

interface S3rver {
  readonly run: () => Promise<AddressInfo>
  readonly close: () => Promise<void>
}

/** s3rver encrypts where a list continues with DES, which OpenSSL 3 has only as three of them: with one key that is the same. */
const withDes = Effect.acquireRelease(
  Effect.sync(() => {
    const crypto = require("crypto")
    const { createCipheriv, createDecipheriv } = crypto
    const three = (create: typeof createCipheriv) => (name: string, key: Buffer, ...more: ReadonlyArray<unknown>) =>
      name === "des" ? create("des-ede3-cbc", Buffer.concat([key, key, key]), ...more) : create(name, key, ...more)
    Object.assign(crypto, { createCipheriv: three(createCipheriv), createDecipheriv: three(createDecipheriv) })
    return () => Object.assign(crypto, { createCipheriv, createDecipheriv })
  }),
  (restore) => Effect.sync(restore)
)

/** s3rver alone, which takes any signature of the key `S3RVER`. */
export const startS3rver = (buckets: ReadonlyArray<string>): Effect.Effect<string, never, Scope.Scope> =>
  Effect.gen(function*() {
    yield* withDes
    const directory = yield* temporary
    const S3rver = require("s3rver") as new(options: object) => S3rver
    const server = new S3rver({
      port: 0,
      address: "127.0.0.1",
      silent: true,
      directory,
      allowMismatchedSignatures: true,
      configureBuckets: buckets.map((name) => ({ name }))
    })
    const { port } = yield* Effect.acquireRelease(
      Effect.promise(() => server.run()),
      () => Effect.promise(() => server.close())
    )
    return `http://127.0.0.1:${port}`
  })

/** The keys of s3rver are its own: the signature was checked before. */
const withoutAuthorization = (headers: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => name !== "authorization"))

/** Small pages, where a list is asked for. */
const smallPages = (parameter: string, list: string) => (url: string) =>
  url.includes(list) ? `${url}&${parameter}=2` : url

/** A file system that s3rver has does not take everything that S3 does: public buckets may be read without a signature. */
export interface Emulator {
  readonly gate: Gate
  readonly options: Stores.Options
  /** The URI of a bucket or container, with a slash at the end. */
  readonly uri: string
}

/** S3 by s3rver, behind a gate that checks signatures. */
export const s3 = Effect.gen(function*() {
  const behind = yield* startS3rver(["bucket"])
  const pages = smallPages("max-keys", "list-type=2")
  const front = yield* gate(behind, {
    check: checkV4({ [accessKeyId]: secretAccessKey }),
    rewrite: (url, headers) => ({ url: pages(url), headers: withoutAuthorization(headers) })
  })
  const emulator: Emulator = {
    gate: front,
    options: { ...fast, s3: { endpoint: front.url, credentials: keys } },
    uri: "s3://bucket/"
  }
  return emulator
})

/**
 * Google Cloud Storage: its XML API stores as S3 does, so s3rver keeps the objects. What is Google's own, the authorization, is
 * checked by its documentation: an HMAC key, or the token that a JWT of a service account is exchanged for.
 */
export const gcs = Effect.gen(function*() {
  const behind = yield* startS3rver(["bucket"])
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 })
  const token = "ya29.google-secret-token-0123456789"
  const ofHmac = checkV4({ GOOG1EXAMPLE: secretAccessKey })
  const exchange = ({ body }: Seen): Instead => {
    const form = new URLSearchParams(body.toString())
    const [header = "", claims = "", signature = ""] = (form.get("assertion") ?? "").split(".")
    const { aud, exp, iss, scope } = JSON.parse(Buffer.from(claims, "base64url").toString())
    const isSigned = createVerify("RSA-SHA256").update(`${header}.${claims}`).verify(publicKey, signature, "base64url")
    const isRight = isSigned && form.get("grant_type") === "urn:ietf:params:oauth:grant-type:jwt-bearer" &&
      aud === `${front.url}/token` && iss === "app@example.com" && exp * 1000 > Date.now() &&
      scope.includes("devstorage")
    return isRight
      ? { status: 200, body: JSON.stringify({ access_token: token, expires_in: 3600, token_type: "Bearer" }) }
      : { status: 400, body: JSON.stringify({ error: "invalid_grant", error_description: "Invalid JWT Signature." }) }
  }
  const pages = smallPages("max-keys", "list-type=2")
  const front: Gate = yield* gate(behind, {
    check: (seen) =>
      seen.url === "/token"
        ? exchange(seen)
        : seen.headers.authorization?.startsWith("Bearer ") === true
        ? seen.headers.authorization === `Bearer ${token}`
          ? undefined
          : xmlError(401, "InvalidAuthentication", "Invalid bearer token")
        : ofHmac(seen),
    rewrite: (url, headers) => ({ url: pages(url), headers: withoutAuthorization(headers) })
  })
  const serviceAccount = Redacted.make(JSON.stringify({
    type: "service_account",
    client_email: "app@example.com",
    private_key: privateKey.export({ type: "pkcs8", format: "pem" }),
    private_key_id: "1",
    token_uri: `${front.url}/token`
  }))
  const emulator = (credentials: NonNullable<Stores.GcsOptions["credentials"]>): Emulator => ({
    gate: front,
    options: { ...fast, gcs: { endpoint: front.url, credentials } },
    uri: "gs://bucket/"
  })
  return {
    hmac: emulator({ accessKeyId: "GOOG1EXAMPLE", secretAccessKey: Redacted.make(secretAccessKey) }),
    serviceAccount: emulator({ serviceAccount })
  }
})

interface Azurite {
  readonly start: () => Promise<void>
  readonly close: () => Promise<void>
  readonly httpServer: { readonly address: () => AddressInfo }
}

/** azurite alone. */
export const startAzurite: Effect.Effect<string, never, Scope.Scope> = Effect.gen(function*() {
  const folder = yield* temporary
  process.env["AZURITE_ACCOUNTS"] = `${account}:${accountKey}`
  const Configuration = require("azurite/dist/src/blob/BlobConfiguration").default
  const Server = require("azurite/dist/src/blob/BlobServer").default
  const database = Path.join(folder, "blobs.json")
  const extents = Path.join(folder, "extents.json")
  // Host, port, keep-alive, files, logs, strictness, certificates, and whether all is in memory.
  const configuration = new Configuration(
    "127.0.0.1",
    0,
    5,
    database,
    extents,
    [],
    false,
    undefined,
    false,
    undefined,
    false,
    true,
    "",
    "",
    "",
    undefined,
    false,
    true
  )
  const server: Azurite = new Server(configuration)
  yield* Effect.acquireRelease(Effect.promise(() => server.start()), () => Effect.promise(() => server.close()))
  return `http://127.0.0.1:${server.httpServer.address().port}`
})

/** A shared access signature for a container, as Azure documents it ("Create a service SAS"). */
const sasOf = (container: string, permissions: string): string => {
  const version = "2020-12-06"
  const expiry = new Date(Date.now() + 3_600_000).toISOString().replace(/\.\d+Z$/, "Z")
  const resource = `/blob/${account}/${container}`
  const text = [permissions, "", expiry, resource, "", "", "", version, "c", "", "", "", "", "", "", ""].join("\n")
  const signature = createHmac("sha256", Buffer.from(accountKey, "base64")).update(text).digest("base64")
  return new URLSearchParams({ sv: version, se: expiry, sr: "c", sp: permissions, sig: signature }).toString()
}

/** Azure by azurite, behind a gate that checks the time. */
export const azure = Effect.gen(function*() {
  const behind = yield* startAzurite
  const pages = smallPages("maxresults", "comp=list")
  // What is signed has the address of the account in it, not the host: the query is changed only where no key signs it.
  const front = yield* gate(behind, { check: checkAzureTime() })
  const paged = yield* gate(behind, {
    check: checkAzureTime(),
    rewrite: (url, headers) => ({ url: pages(url), headers })
  })
  const emulator = (
    gate: Gate,
    credentials: NonNullable<Stores.AzureOptions["credentials"]>
  ): Emulator => ({
    gate,
    options: { ...fast, azure: { account, endpoint: `${gate.url}/${account}`, credentials } },
    uri: "azure://container/"
  })
  const shared = emulator(front, { accountKey: Redacted.make(accountKey) })
  yield* makeContainer(front)
  return { shared, sas: emulator(paged, { sasToken: Redacted.make(sasOf("container", "rcwdl")) }) }
})

/** Makes the container, which the stores do not do. */
export const makeContainer = (front: { readonly url: string }) =>
  Effect.promise(async () => {
    const date = new Date().toUTCString()
    const headers = { "x-ms-date": date, "x-ms-version": "2021-12-02" }
    const text = [
      "PUT",
      ...Array.from({ length: 11 }, () => ""),
      `x-ms-date:${date}`,
      "x-ms-version:2021-12-02",
      `/${account}/${account}/container\nrestype:container`
    ].join("\n")
    const signature = createHmac("sha256", Buffer.from(accountKey, "base64")).update(text).digest("base64")
    const response = await fetch(`${front.url}/${account}/container?restype=container`, {
      method: "PUT",
      headers: { ...headers, authorization: `SharedKey ${account}:${signature}` }
    })
    if (response.status !== 201) throw new Error(`no container: ${response.status} ${await response.text()}`)
  })

/** The stores by an emulator. */
export const layerOf = ({ options }: Emulator, more: Stores.Options = {}) =>
  Layer.provide(Stores.layer({ ...options, ...more }), FetchHttpClient.layer)
