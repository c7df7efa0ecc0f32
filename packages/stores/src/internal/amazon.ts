import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type { ObjectStoreError } from "../ObjectStoreError.js"
import type { Keys, S3Options } from "../Stores.js"
import type { Call, Request } from "./caller.js"
import { smallAnswer } from "./caller.js"
import { failed } from "./failures.js"
import type { Lasting } from "./memo.js"
import { fileText, firstOf, home, json, noCredentials, requiredFile, secret, setting } from "./settings.js"
import { parse } from "./xml.js"

/** A section of the files of AWS, which have `name = value` under `[section]`. */
const sectionOf = (text: string, section: string): Readonly<Record<string, string>> | undefined => {
  let found: Record<string, string> | undefined
  let isInside = false
  for (const line of text.split(/\r?\n/)) {
    const heading = /^\s*\[\s*(?:profile\s+)?([^\]]+?)\s*\]/.exec(line)
    if (heading !== null) {
      isInside = heading[1] === section
      if (isInside) found ??= {}
      continue
    }
    const entry = /^\s*([a-zA-Z0-9_]+)\s*=\s*(.*?)\s*$/.exec(line)
    if (isInside && found !== undefined && entry !== null) found[entry[1]!.toLowerCase()] = entry[2]!
  }
  return found
}

/** What the two files say of a profile. */
const profileOf = (name: string): Effect.Effect<Readonly<Record<string, string>> | undefined> =>
  Effect.gen(function*() {
    const folder = `${yield* home}/.aws`
    const credentials = (yield* setting("AWS_SHARED_CREDENTIALS_FILE")) ?? `${folder}/credentials`
    const config = (yield* setting("AWS_CONFIG_FILE")) ?? `${folder}/config`
    const parts: Array<Readonly<Record<string, string>>> = []
    for (const file of [config, credentials]) {
      const text = yield* fileText(file)
      const part = text === undefined ? undefined : sectionOf(text, name)
      if (part !== undefined) parts.push(part)
    }
    return parts.length === 0 ? undefined : Object.assign({}, ...parts)
  })

const keysIn = (values: Readonly<Record<string, string>> | undefined): Keys | undefined => {
  const { aws_access_key_id: id, aws_secret_access_key: key, aws_sessionTokentoken: token } = values ?? {}
  return id === undefined || key === undefined ? undefined : {
    accessKeyId: id,
    secretAccessKey: Redacted.make(key),
    sessionToken: token === undefined || token === "" ? undefined : Redacted.make(token)
  }
}

/** What the services of roles answer. */
const RoleKeys = Schema.Struct({
  AccessKeyId: Schema.String,
  SecretAccessKey: Schema.String,
  Token: Schema.String,
  Expiration: Schema.String
})

const lasting = (keys: Keys, expiration: string | undefined): Lasting<Keys> => {
  const time = Date.parse(expiration ?? "")
  return { value: keys, expires: Number.isNaN(time) ? undefined : time }
}

const always = (keys: Keys): Lasting<Keys> => ({ value: keys, expires: undefined })

/** Asks a service of roles, which is near, or not there at all. */
const ask = (call: Call, uri: string, request: Request): Effect.Effect<string, ObjectStoreError> =>
  Effect.map(
    call({ uri, most: smallAnswer, times: "once", timeout: 1000 }, Effect.succeed(request)),
    ({ bytes }) => new TextDecoder().decode(bytes)
  )

const roleKeys = (uri: string, text: string, whose: string) =>
  Effect.map(
    json(RoleKeys, text, () => failed("InvalidAnswer", uri, `${whose} gave no credentials`)),
    ({ AccessKeyId, Expiration, SecretAccessKey, Token }) =>
      lasting({
        accessKeyId: AccessKeyId,
        secretAccessKey: Redacted.make(SecretAccessKey),
        sessionToken: Redacted.make(Token)
      }, Expiration)
  )

/** Keys of a role for the token of an identity, as in the pods of EKS. */
const webIdentity = (
  call: Call,
  uri: string,
  file: string,
  role: string,
  region: string
): Effect.Effect<Lasting<Keys>, ObjectStoreError> =>
  Effect.gen(function*() {
    const token = (yield* requiredFile(uri, "AWS_WEB_IDENTITY_TOKEN_FILE", file)).trim()
    const session = (yield* setting("AWS_ROLE_SESSION_NAME")) ??
      `effect-pinecone-${yield* Clock.currentTimeMillis}`
    const endpoint = (yield* setting("AWS_ENDPOINT_URL_STS")) ?? `https://sts.${region}.amazonaws.com`
    const form = new URLSearchParams({
      Action: "AssumeRoleWithWebIdentity",
      Version: "2011-06-15",
      RoleArn: role,
      RoleSessionName: session,
      WebIdentityToken: token
    })
    const { bytes } = yield* call(
      { uri, most: smallAnswer },
      Effect.succeed({
        method: "POST",
        url: endpoint,
        headers: { "content-type": "application/x-www-form-urlencoded", accept: "application/xml" },
        body: new TextEncoder().encode(form.toString())
      })
    )
    const found = parse(new TextDecoder().decode(bytes))?.child("AssumeRoleWithWebIdentityResult")?.child("Credentials")
    const id = found?.text("AccessKeyId")
    const key = found?.text("SecretAccessKey")
    const sessionToken = found?.text("SessionToken")
    return id === undefined || key === undefined || sessionToken === undefined
      ? yield* failed("InvalidAnswer", uri, "the token service gave no credentials")
      : lasting(
        { accessKeyId: id, secretAccessKey: Redacted.make(key), sessionToken: Redacted.make(sessionToken) },
        found?.text("Expiration")
      )
  })

/** Only these may be asked without TLS: what is asked is a secret. */
const isNear = (url: string): boolean =>
  /^https:\/\//.test(url) ||
  /^http:\/\/(127\.|localhost[:/]|\[::1\]|169\.254\.170\.2[3]?[:/]|\[fd00:ec2::23\])/.test(url)

const container = (
  call: Call,
  uri: string,
  url: string
): Effect.Effect<Lasting<Keys>, ObjectStoreError> =>
  Effect.gen(function*() {
    if (!isNear(url)) {
      return yield* failed("InvalidSettings", uri, "AWS_CONTAINER_CREDENTIALS_FULL_URI must be https, or this machine")
    }
    const file = yield* setting("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")
    const token = file === undefined
      ? yield* setting("AWS_CONTAINER_AUTHORIZATION_TOKEN")
      : (yield* requiredFile(uri, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", file)).trim()
    const text = yield* ask(call, uri, {
      method: "GET",
      url,
      headers: { accept: "application/json", ...(token === undefined ? {} : { authorization: token }) }
    })
    return yield* roleKeys(uri, text, "the role of the container")
  })

const instance = (call: Call, uri: string, endpoint: string): Effect.Effect<Lasting<Keys>, ObjectStoreError> =>
  Effect.gen(function*() {
    const token = yield* ask(call, uri, {
      method: "PUT",
      url: `${endpoint}/latest/api/token`,
      headers: { "x-aws-ec2-metadata-token-ttl-seconds": "21600" }
    })
    const headers = { "x-aws-ec2-metadata-token": token }
    const path = `${endpoint}/latest/meta-data/iam/security-credentials/`
    const role = (yield* ask(call, uri, { method: "GET", url: path, headers })).split("\n")[0]!.trim()
    return yield* roleKeys(
      uri,
      yield* ask(call, uri, { method: "GET", url: path + role, headers }),
      "the role of the machine"
    )
  })

const tried =
  "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_WEB_IDENTITY_TOKEN_FILE, the profile, the role of the " +
  "container and the role of the machine"

const usual = (call: Call, uri: string, region: string): Effect.Effect<Lasting<Keys>, ObjectStoreError> =>
  Effect.gen(function*() {
    const id = yield* setting("AWS_ACCESS_KEY_ID")
    const key = yield* secret("AWS_SECRET_ACCESS_KEY")
    if (id !== undefined && key !== undefined) {
      return always({ accessKeyId: id, secretAccessKey: key, sessionToken: yield* secret("AWS_SESSION_TOKEN") })
    }
    const file = yield* setting("AWS_WEB_IDENTITY_TOKEN_FILE")
    const role = yield* setting("AWS_ROLE_ARN")
    if (file !== undefined && role !== undefined) return yield* webIdentity(call, uri, file, role, region)
    const profile = keysIn(yield* profileOf((yield* setting("AWS_PROFILE")) ?? "default"))
    if (profile !== undefined) return always(profile)
    const relative = yield* setting("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")
    const full = relative === undefined
      ? yield* setting("AWS_CONTAINER_CREDENTIALS_FULL_URI")
      : `http://169.254.170.2${relative}`
    if (full !== undefined) return yield* container(call, uri, full)
    if ((yield* setting("AWS_EC2_METADATA_DISABLED"))?.toLowerCase() !== "true") {
      const endpoint = (yield* setting("AWS_EC2_METADATA_SERVICE_ENDPOINT")) ?? "http://169.254.169.254"
      const found = yield* Effect.option(instance(call, uri, endpoint.replace(/\/+$/, "")))
      if (found._tag === "Some") return found.value
    }
    return yield* noCredentials(
      uri,
      `there are no credentials for S3: looked at ${tried}. For a public bucket set credentials: "anonymous"`
    )
  })

/** The keys that requests to S3 are signed with. */
export const keysOf = (
  call: Call,
  uri: string,
  credentials: Exclude<NonNullable<S3Options["credentials"]>, "anonymous">,
  region: string
): Effect.Effect<Lasting<Keys>, ObjectStoreError> => {
  if (credentials === "environment") return usual(call, uri, region)
  if (!("profile" in credentials)) return Effect.succeed(always(credentials))
  return Effect.flatMap(profileOf(credentials.profile), (values) => {
    const keys = keysIn(values)
    return keys === undefined
      ? noCredentials(uri, `the profile "${credentials.profile}" has no aws_access_key_id and aws_secret_access_key`)
      : Effect.succeed(always(keys))
  })
}

/** Whether settings of the environment count: where the credentials are given, nothing else is looked for there. */
const isFromEnvironment = (credentials: S3Options["credentials"]): boolean =>
  credentials === undefined || credentials === "environment"

/** Where S3 is. */
export const endpointOf = ({ credentials, endpoint }: S3Options): Effect.Effect<string | undefined> =>
  endpoint !== undefined || !isFromEnvironment(credentials)
    ? Effect.succeed(endpoint)
    : firstOf("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")

/** The region of a bucket, as far as it is known. */
export const regionOf = (
  { credentials, region }: S3Options,
  hasEndpoint: boolean
): Effect.Effect<string> =>
  Effect.gen(function*() {
    if (region !== undefined) return region
    if (isFromEnvironment(credentials)) {
      const found = yield* firstOf("AWS_REGION", "AWS_DEFAULT_REGION")
      if (found !== undefined) return found
    }
    const profile = typeof credentials === "object" && "profile" in credentials
      ? credentials.profile
      : isFromEnvironment(credentials)
      ? (yield* setting("AWS_PROFILE")) ?? "default"
      : undefined
    const ofProfile = profile === undefined ? undefined : (yield* profileOf(profile))?.["region"]
    return ofProfile ?? (hasEndpoint ? "auto" : "us-east-1")
  })
