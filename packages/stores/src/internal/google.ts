import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type { ObjectStoreError } from "../ObjectStoreError.js"
import type { GcsOptions } from "../Stores.js"
import type { Call } from "./caller.js"
import { smallAnswer } from "./caller.js"
import { failed } from "./failures.js"
import type { Lasting } from "./memo.js"
import { json, noCredentials, requiredFile, setting } from "./settings.js"

const ServiceAccount = Schema.Struct({
  client_email: Schema.String,
  private_key: Schema.String,
  private_key_id: Schema.optional(Schema.String),
  token_uri: Schema.optional(Schema.String)
})

const Token = Schema.Struct({ access_token: Schema.String, expires_in: Schema.Number })

const scope = "https://www.googleapis.com/auth/devstorage.read_write"

const base64url = (bytes: Uint8Array): string => {
  let text = ""
  for (const byte of bytes) text += String.fromCharCode(byte)
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "")
}

const encoder = new TextEncoder()

/** Signs with the private key of a service account, which is PEM. */
const sign = (pem: string, text: string): Promise<Uint8Array> => {
  const der = Uint8Array.from(
    atob(pem.replace(/-----[A-Z ]+-----/g, "").replace(/\s+/g, "")),
    (character) => character.charCodeAt(0)
  )
  const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" }
  return crypto.subtle.importKey("pkcs8", der, algorithm, false, ["sign"])
    .then((key) => crypto.subtle.sign(algorithm, key, encoder.encode(text)))
    .then((signature) => new Uint8Array(signature))
}

const token = (
  uri: string,
  answer: Effect.Effect<{ readonly bytes: Uint8Array }, ObjectStoreError>
): Effect.Effect<Lasting<string>, ObjectStoreError> =>
  Effect.gen(function*() {
    const { bytes } = yield* answer
    const { access_token, expires_in } = yield* json(
      Token,
      new TextDecoder().decode(bytes),
      () => failed("InvalidAnswer", uri, "the token service gave no token")
    )
    return { value: access_token, expires: (yield* Clock.currentTimeMillis) + expires_in * 1000 }
  })

const ofServiceAccount = (call: Call, uri: string, key: string): Effect.Effect<Lasting<string>, ObjectStoreError> =>
  Effect.gen(function*() {
    const account = yield* json(
      ServiceAccount,
      key,
      () =>
        noCredentials(
          uri,
          "the key of the service account is not the JSON that Google gives: it needs client_email and private_key"
        )
    )
    const address = account.token_uri ?? "https://oauth2.googleapis.com/token"
    const now = Math.floor((yield* Clock.currentTimeMillis) / 1000)
    const header = { alg: "RS256", typ: "JWT", kid: account.private_key_id }
    const claims = { iss: account.client_email, scope, aud: address, iat: now, exp: now + 3600 }
    const text = [header, claims].map((part) => base64url(encoder.encode(JSON.stringify(part)))).join(".")
    const signature = yield* Effect.tryPromise({
      try: () => sign(account.private_key, text),
      catch: () => noCredentials(uri, "private_key of the service account is not a PEM of PKCS #8")
    })
    const form = new URLSearchParams({
      grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
      assertion: `${text}.${base64url(signature)}`
    })
    return yield* token(
      uri,
      call(
        { uri, most: smallAnswer },
        Effect.succeed({
          method: "POST",
          url: address,
          headers: { "content-type": "application/x-www-form-urlencoded" },
          body: encoder.encode(form.toString())
        })
      )
    )
  })

const ofMachine = (call: Call, uri: string): Effect.Effect<Lasting<string>, ObjectStoreError> =>
  Effect.gen(function*() {
    const host = (yield* setting("GCE_METADATA_HOST")) ?? "metadata.google.internal"
    return yield* token(
      uri,
      call(
        { uri, most: smallAnswer, times: "once", timeout: 1000 },
        Effect.succeed({
          method: "GET",
          url: `http://${host}/computeMetadata/v1/instance/service-accounts/default/token`,
          headers: { "metadata-flavor": "Google" }
        })
      )
    )
  })

type TokenCredentials = Exclude<NonNullable<GcsOptions["credentials"]>, "anonymous" | { readonly accessKeyId: string }>

/** The access token that requests to Google are authorized with. */
export const tokenOf = (
  call: Call,
  uri: string,
  credentials: TokenCredentials
): Effect.Effect<Lasting<string>, ObjectStoreError> =>
  Effect.gen(function*() {
    if (credentials !== "environment") {
      return "token" in credentials
        ? { value: Redacted.value(credentials.token), expires: undefined }
        : yield* ofServiceAccount(call, uri, Redacted.value(credentials.serviceAccount))
    }
    const file = yield* setting("GOOGLE_APPLICATION_CREDENTIALS")
    if (file !== undefined) {
      const key = yield* requiredFile(uri, "GOOGLE_APPLICATION_CREDENTIALS", file)
      return yield* ofServiceAccount(call, uri, key)
    }
    return yield* Effect.mapError(ofMachine(call, uri), () =>
      noCredentials(
        uri,
        "there are no credentials for Google Cloud Storage: looked at GOOGLE_APPLICATION_CREDENTIALS and the service " +
          "account of the machine. For a public bucket set credentials: \"anonymous\""
      ))
  })
