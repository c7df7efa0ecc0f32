/**
 * What is sent to the services, and when, without any: credentials, addresses, retries, and what no one may see.
 */
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as FileSystem from "@effect/platform/FileSystem"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as Tracer from "effect/Tracer"
import { generateKeyPairSync } from "node:crypto"
import { inspect } from "node:util"
import { TestClock } from "../../../scripts/testing/clock.js"
import type { ObjectStoreError } from "../src/ObjectStoreError.js"
import * as Stores from "../src/Stores.js"

interface Sent {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

interface Answered {
  readonly status?: number
  readonly headers?: Record<string, string>
  readonly body?: string
}

const keys: Stores.Keys = {
  accessKeyId: "AKIDEXAMPLE",
  secretAccessKey: Redacted.make("the-secret-of-a-test-0123456789")
}

/** One byte of an object of 5, which answers whatever is asked of an object here. */
const oneByte: Answered = { status: 206, headers: { "content-range": "bytes 0-0/5", etag: "\"1\"" }, body: "x" }

/** Stores whose requests are answered here, and what was sent. */
const stub = (
  options: Stores.Options,
  answer: (sent: Sent, count: number) => Answered | Effect.Effect<Answered> | "no connection"
) => {
  const sent: Array<Sent> = []
  const client = HttpClient.make((request) =>
    Effect.gen(function*() {
      const body = request.body._tag === "Uint8Array" ? new TextDecoder().decode(request.body.body) : ""
      const one: Sent = { method: request.method, url: request.url, headers: request.headers, body }
      sent.push(one)
      const answered = answer(one, sent.length)
      if (answered === "no connection") {
        const cause = Object.assign(new Error(`connect ECONNREFUSED ${request.headers["authorization"]}`), {
          code: "ECONNREFUSED"
        })
        return yield* new HttpClientError.RequestError({ request, reason: "Transport", cause })
      }
      const { body: text, headers = {}, status = 200 } = Effect.isEffect(answered) ? yield* answered : answered
      return HttpClientResponse.fromWeb(request, new Response(text ?? null, { status, headers }))
    })
  )
  return { sent, layer: Layer.provide(Stores.layer(options), Layer.succeed(HttpClient.HttpClient, client)) }
}

const stat = (uri: string) => Effect.flatMap(Stores.open(uri), ({ key, store }) => store.stat(key))

const flipped = <A, R>(effect: Effect.Effect<A, ObjectStoreError, R>) =>
  Effect.orDieWith(Effect.flip(effect), () => "it did not fail")

const environment = (variables: Record<string, string>) =>
  Effect.withConfigProvider(ConfigProvider.fromMap(new Map(Object.entries({ HOME: "/nowhere", ...variables }))))

const authorization = (sent: ReadonlyArray<Sent>): string => sent.at(-1)?.headers["authorization"] ?? ""

/** A file with a text, for what is in files. */
const fileOf = (text: string) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const path = yield* fs.makeTempFileScoped()
    yield* fs.writeFileString(path, text)
    return path
  })

describe("the credentials of S3", () => {
  it.effect("are those that are given, and sign as Amazon's example", () =>
    Effect.gen(function*() {
      const { layer, sent } = stub({ s3: { credentials: keys, region: "eu-central-1" } }, () => oneByte)
      yield* Effect.provide(stat("s3://bucket/a b"), layer)
      assert.strictEqual(sent[0]!.url, "https://bucket.s3.eu-central-1.amazonaws.com/a%20b")
      assert.match(
        authorization(sent),
        /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/19700101\/eu-central-1\/s3\/aws4_request, SignedHeaders=\S+, Signature=\w{64}$/
      )
    }))

  it.effect("come from the environment, and the region and the address too", () =>
    Effect.gen(function*() {
      const { layer, sent } = stub({}, () => oneByte)
      yield* Effect.provide(stat("s3://bucket/key"), layer).pipe(environment({
        AWS_ACCESS_KEY_ID: "FROMENV",
        AWS_SECRET_ACCESS_KEY: "secret",
        AWS_SESSION_TOKEN: "the-session",
        AWS_REGION: "us-west-2",
        AWS_ENDPOINT_URL_S3: "https://minio.example.com/"
      }))
      assert.strictEqual(sent[0]!.url, "https://minio.example.com/bucket/key")
      assert.include(authorization(sent), "Credential=FROMENV/19700101/us-west-2/")
      assert.strictEqual(sent[0]!.headers["x-amz-security-token"], "the-session")
    }))

  it.scoped("come from a profile", () =>
    Effect.gen(function*() {
      const credentials = yield* fileOf(
        "[default]\naws_access_key_id = NO\naws_secret_access_key = no\n[work]\naws_access_key_id=WORK\naws_secret_access_key = w\n"
      )
      const config = yield* fileOf("[default]\nregion = us-east-2\n\n[profile work]\nregion = ap-south-1\n")
      const files = { AWS_SHARED_CREDENTIALS_FILE: credentials, AWS_CONFIG_FILE: config }
      const named = stub({ s3: { credentials: { profile: "work" } } }, () => oneByte)
      yield* Effect.provide(stat("s3://bucket/key"), named.layer).pipe(environment(files))
      assert.include(authorization(named.sent), "Credential=WORK/19700101/ap-south-1/")
      const usual = stub({}, () => oneByte)
      yield* Effect.provide(stat("s3://bucket/key"), usual.layer).pipe(environment({ ...files, AWS_PROFILE: "work" }))
      assert.include(authorization(usual.sent), "Credential=WORK/")
      const other = stub({ s3: { credentials: { profile: "none" } } }, () => oneByte)
      const error = yield* flipped(Effect.provide(stat("s3://bucket/key"), other.layer)).pipe(environment(files))
      assert.strictEqual(error.reason, "Credentials")
      assert.include(error.message, "the profile \"none\"")
    }).pipe(Effect.provide(NodeContext.layer)))

  const role = (Expiration: string) =>
    JSON.stringify({ AccessKeyId: "ROLE", SecretAccessKey: "role-secret", Token: "role-token", Expiration })

  it.scoped("come from roles: of a web identity, a container and a machine, and again when they expire", () =>
    Effect.gen(function*() {
      const token = yield* fileOf("the-identity-token\n")
      const sts = stub({}, ({ url }) =>
        url === "https://sts.eu-west-1.amazonaws.com"
          ? {
            body:
              "<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>WEB</AccessKeyId>" +
              "<SecretAccessKey>s</SecretAccessKey><SessionToken>web-token</SessionToken><Expiration>1970-01-01T01:00:00Z" +
              "</Expiration></Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>"
          }
          : oneByte)
      yield* Effect.gen(function*() {
        yield* stat("s3://bucket/key")
        yield* stat("s3://bucket/key")
        assert.strictEqual(sts.sent.length, 3)
        yield* TestClock.adjust("59 minutes")
        yield* stat("s3://bucket/key")
        assert.strictEqual(sts.sent.length, 5)
      }).pipe(
        Effect.provide(sts.layer),
        environment({
          AWS_WEB_IDENTITY_TOKEN_FILE: token,
          AWS_ROLE_ARN: "arn:aws:iam::1:role/app",
          AWS_REGION: "eu-west-1"
        })
      )
      assert.include(sts.sent[0]!.body, "WebIdentityToken=the-identity-token")
      assert.include(authorization(sts.sent), "Credential=WEB/")
      assert.strictEqual(sts.sent.at(-1)?.headers["x-amz-security-token"], "web-token")

      const container = stub({}, ({ headers, url }) =>
        url !== "http://169.254.170.2/creds"
          ? oneByte
          : headers["authorization"] === "container-token"
          ? { body: role("2100-01-01T00:00:00Z") }
          : { status: 403 })
      yield* Effect.provide(stat("s3://bucket/key"), container.layer).pipe(environment({
        AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: "/creds",
        AWS_CONTAINER_AUTHORIZATION_TOKEN: "container-token"
      }))
      assert.include(authorization(container.sent), "Credential=ROLE/")

      const machine = stub({}, ({ method, url }) =>
        method === "PUT"
          ? { body: "imds-token" }
          : url.endsWith("/security-credentials/")
          ? { body: "app-role\n" }
          : url.endsWith("/security-credentials/app-role")
          ? { body: role("2100-01-01T00:00:00Z") }
          : oneByte)
      yield* Effect.provide(stat("s3://bucket/key"), machine.layer).pipe(environment({}))
      assert.strictEqual(machine.sent[1]!.headers["x-aws-ec2-metadata-token"], "imds-token")
      assert.include(authorization(machine.sent), "Credential=ROLE/")
    }).pipe(Effect.provide(NodeContext.layer)))

  it.effect("are missed with what was looked at, and are not needed for what is public", () =>
    Effect.gen(function*() {
      const none = stub({}, () => ({ status: 404 }))
      const error = yield* flipped(Effect.provide(stat("s3://bucket/key"), none.layer)).pipe(environment({}))
      assert.strictEqual(error.reason, "Credentials")
      assert.include(error.message, "AWS_ACCESS_KEY_ID")
      assert.include(error.message, "credentials: \"anonymous\"")
      const open = stub({ s3: { credentials: "anonymous" } }, () => oneByte)
      assert.strictEqual((yield* Effect.provide(stat("s3://a.bucket/key"), open.layer)).size, 5)
      assert.strictEqual(open.sent[0]!.url, "https://s3.us-east-1.amazonaws.com/a.bucket/key")
      assert.strictEqual(authorization(open.sent), "")
    }))

  it.effect("are used where the bucket is, once Amazon has said it", () =>
    Effect.gen(function*() {
      const { layer, sent } = stub({ s3: { credentials: keys } }, ({ url }) =>
        url.includes("eu-north-1")
          ? oneByte
          : {
            status: 301,
            headers: { "x-amz-bucket-region": "eu-north-1" },
            body: "<Error><Code>PermanentRedirect</Code></Error>"
          })
      yield* Effect.provide(Effect.andThen(stat("s3://bucket/key"), stat("s3://bucket/key")), layer)
      assert.deepStrictEqual(sent.map(({ url }) => url), [
        "https://bucket.s3.us-east-1.amazonaws.com/key",
        "https://bucket.s3.eu-north-1.amazonaws.com/key",
        "https://bucket.s3.eu-north-1.amazonaws.com/key"
      ])
    }))
})

describe("the credentials of Google and Azure", () => {
  it.scoped("are those of the machine where the environment has none", () =>
    Effect.gen(function*() {
      const google = stub({}, ({ url }) =>
        url.startsWith("http://metadata.google.internal/")
          ? { body: JSON.stringify({ access_token: "google-token", expires_in: 3600 }) }
          : oneByte)
      yield* Effect.provide(stat("gs://bucket/a/b"), google.layer).pipe(environment({}))
      assert.strictEqual(google.sent[0]!.headers["metadata-flavor"], "Google")
      assert.strictEqual(google.sent[1]!.url, "https://storage.googleapis.com/bucket/a/b")
      assert.strictEqual(authorization(google.sent), "Bearer google-token")
      const azure = stub({}, ({ url }) =>
        url.startsWith("http://169.254.169.254/")
          ? { body: JSON.stringify({ access_token: "azure-token", expires_in: "3600" }) }
          : oneByte)
      yield* Effect.provide(stat("https://account.blob.core.windows.net/container/a%20b"), azure.layer).pipe(
        environment({})
      )
      assert.strictEqual(azure.sent[1]!.url, "https://account.blob.core.windows.net/container/a%20b")
      assert.strictEqual(authorization(azure.sent), "Bearer azure-token")
    }))

  it.scoped("come from the environment, for its account alone", () =>
    Effect.gen(function*() {
      const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 })
      const key = yield* fileOf(JSON.stringify({
        client_email: "app@example.com",
        private_key: privateKey.export({ type: "pkcs8", format: "pem" })
      }))
      const google = stub({}, ({ url }) =>
        url === "https://oauth2.googleapis.com/token"
          ? { body: JSON.stringify({ access_token: "google-token", expires_in: 3600 }) }
          : oneByte)
      yield* Effect.provide(stat("gs://bucket/a"), google.layer).pipe(
        environment({ GOOGLE_APPLICATION_CREDENTIALS: key })
      )
      assert.strictEqual(authorization(google.sent), "Bearer google-token")
      const azure = stub({}, ({ url }) => url.includes("169.254") ? { status: 404 } : oneByte)
      const variables = { AZURE_STORAGE_ACCOUNT: "mine", AZURE_STORAGE_SAS_TOKEN: "?sv=1&sig=the-signature-of-a-test" }
      yield* Effect.provide(stat("azure://container/a"), azure.layer).pipe(environment(variables))
      assert.strictEqual(
        azure.sent[0]!.url,
        "https://mine.blob.core.windows.net/container/a?sv=1&sig=the-signature-of-a-test"
      )
      const other = yield* flipped(
        Effect.provide(stat("https://other.blob.core.windows.net/container/a"), azure.layer).pipe(
          environment(variables)
        )
      )
      assert.strictEqual(other.reason, "Credentials")
      assert.isFalse(azure.sent.some(({ url }) => url.includes("other") && url.includes("signature")))
      const given = stub(
        { azure: { account: "mine", credentials: { accountKey: Redacted.make("a2V5") } } },
        () => oneByte
      )
      const wrong = yield* flipped(Effect.provide(stat("https://other.blob.core.windows.net/container/a"), given.layer))
      assert.deepStrictEqual([wrong.reason, given.sent.length], ["Credentials", 0])
    }).pipe(Effect.provide(NodeContext.layer)))
})

describe("a request", () => {
  const settings: Stores.Options = { s3: { credentials: keys } }

  /** What is not signed has only the clock to wait for, once all is loaded. */
  const unsigned = (options: Stores.Options, answer: Parameters<typeof stub>[1]) => {
    const { layer, sent } = stub({ s3: { credentials: "anonymous" }, ...options }, answer)
    return { layer: Layer.tap(layer, (context) => Effect.provide(Stores.open("s3://bucket/key"), context)), sent }
  }

  it.effect("is sent again after transient failures, and waits as long as it is asked to", () => {
    const { layer, sent } = unsigned(
      {},
      (_, count) =>
        count === 1 ? { status: 503, headers: { "retry-after": "20" } } : count === 2 ? "no connection" : oneByte
    )
    return Effect.gen(function*() {
      const fiber = yield* Effect.fork(stat("s3://bucket/key"))
      yield* TestClock.adjust("19 seconds")
      assert.strictEqual(sent.length, 1)
      yield* TestClock.adjust("1 minute")
      assert.strictEqual((yield* Fiber.join(fiber)).size, 5)
      assert.strictEqual(sent.length, 3)
    }).pipe(Effect.provide(layer))
  })

  it.effect("fails after all retries, and at once where a retry cannot help", () =>
    Effect.gen(function*() {
      const busy = unsigned({}, () => ({ status: 503 }))
      yield* Effect.gen(function*() {
        const fiber = yield* Effect.fork(flipped(stat("s3://bucket/key")))
        yield* TestClock.adjust("1 hour")
        assert.strictEqual((yield* Fiber.join(fiber)).reason, "Unavailable")
        // Five times, and once more for the service's words.
        assert.deepStrictEqual(busy.sent.map(({ method }) => method), ["HEAD", "HEAD", "HEAD", "HEAD", "HEAD", "GET"])
      }).pipe(Effect.provide(busy.layer))
      const refused = stub(settings, () => ({
        status: 403,
        body: "<Error><Code>AccessDenied</Code><Message>No.</Message></Error>"
      }))
      const error = yield* flipped(Effect.provide(stat("s3://bucket/key"), refused.layer))
      assert.strictEqual(
        error.message,
        "s3://bucket/key: the service answered 403, AccessDenied, No. Give these credentials the permission, or use others"
      )
      assert.deepStrictEqual([error.reason, error.status, error.code, refused.sent.length], [
        "Forbidden",
        403,
        "AccessDenied",
        2
      ])
    }))

  it.effect("fails where the service is silent, also beside others, and can be interrupted", () => {
    const { layer, sent } = unsigned({ retry: Schedule.stop, timeout: "10 seconds" }, () => Effect.never)
    const both = Effect.forEach([1, 2], () => stat("s3://bucket/key"), { concurrency: 2 })
    return Effect.gen(function*() {
      const fiber = yield* Effect.fork(flipped(both))
      yield* TestClock.adjust("9 seconds")
      assert.strictEqual((yield* Fiber.poll(fiber))._tag, "None")
      yield* TestClock.adjust("1 second")
      const error = yield* Fiber.join(fiber)
      assert.strictEqual(error.reason, "Connection")
      assert.include(error.message, "silent for 10000 ms")
      const waiting = yield* Effect.fork(both)
      yield* TestClock.adjust("1 second")
      assert.strictEqual(sent.length, 4)
      assert.strictEqual((yield* Fiber.interrupt(waiting))._tag, "Failure")
    }).pipe(Effect.provide(layer))
  })

  it.effect("shows no secret in an error or a span", () =>
    Effect.gen(function*() {
      const spans: Array<string> = []
      const tracer = Tracer.make({
        context: (run) => run(),
        span: (name, parent, context, links, startTime, kind) => {
          const attributes = new Map<string, unknown>()
          return {
            _tag: "Span",
            name,
            parent,
            context,
            links: [...links],
            kind,
            attributes,
            sampled: true,
            spanId: "1",
            traceId: "1",
            status: { _tag: "Started", startTime },
            attribute: (key, value) => attributes.set(key, value),
            event: () => {},
            addLinks: () => {},
            end: () => spans.push(`${name} ${inspect(attributes)}`)
          }
        }
      })
      const echoing = stub({ ...settings, retry: Schedule.stop }, ({ headers }) => ({
        status: 400,
        body: `<Error><Code>Odd</Code><Message>${
          headers["authorization"]
        } the-secret-of-a-test-0123456789x</Message></Error>`
      }))
      const refused = stub({ ...settings, retry: Schedule.stop }, () => "no connection")
      const signed = stub({ retry: Schedule.stop }, () => ({ status: 403 }))
      const errors = yield* Effect.all([
        flipped(Effect.provide(stat("s3://bucket/key"), echoing.layer)),
        flipped(Effect.provide(stat("s3://bucket/key"), refused.layer)),
        flipped(
          Effect.provide(
            stat("https://files.example.com/a.parquet?sig=a-signature-0123456789-0123456789"),
            signed.layer
          )
        ),
        flipped(Effect.provide(stat("https://user:pass-word@files.example.com/a"), signed.layer))
      ]).pipe(Effect.withTracer(tracer))
      assert.include(signed.sent[0]!.url, "a-signature-0123456789-0123456789")
      assert.deepStrictEqual(spans.length, 3)
      for (const text of [...spans, ...errors.map((error) => inspect(error, { depth: 10 }) + JSON.stringify(error))]) {
        assert.notMatch(text, /Signature=\w{10}|a-signature|pass-word/)
      }
      assert.include(spans[0], "s3://bucket/key")
    }))

  it.effect("follows no redirect, and takes no answer that is too long or too short", () =>
    Effect.gen(function*() {
      const redirect = stub(
        settings,
        () => ({ status: 307, headers: { location: "https://elsewhere.example.com/?t=1" } })
      )
      const error = yield* flipped(Effect.provide(stat("s3://bucket/key"), redirect.layer))
      assert.strictEqual(error.reason, "InvalidAnswer")
      assert.include(error.message, "a redirect to https://elsewhere.example.com/, and redirects are not followed")
      const read = Effect.flatMap(Stores.open("s3://bucket/key"), ({ key, store }) =>
        store.read(key, { offset: 2, length: 2 }))
      const reasons: Array<string> = []
      for (
        const answer of [
          { status: 206, body: "xyz" },
          { status: 206, body: "x" },
          { status: 200, body: "xy" }
        ]
      ) {
        reasons.push(
          (yield* flipped(Effect.provide(
            read,
            stub(settings, () =>
              answer).layer
          ))).reason
        )
      }
      assert.deepStrictEqual(reasons, ["InvalidAnswer", "Refused", "Unsupported"])
      const page = stub(settings, () => ({ body: "<html>a portal</html>" }))
      const listed = Effect.flatMap(Stores.open("s3://bucket/a/"), ({ key, store }) => Stream.runDrain(store.list(key)))
      assert.strictEqual((yield* flipped(Effect.provide(listed, page.layer))).reason, "InvalidAnswer")
    }))
})

describe("a URI", () => {
  const { layer, sent } = stub(
    {
      s3: { credentials: "anonymous" },
      gcs: { credentials: "anonymous" },
      azure: { account: "mine", credentials: "anonymous" }
    },
    () => oneByte
  )

  const addressOf = (uri: string) => Effect.map(Effect.provide(stat(uri), layer), () => sent.at(-1)!.url)

  it.effect("names a place in each kind of store", () =>
    Effect.gen(function*() {
      const expected = {
        "s3://bucket/a/b%20c": "https://bucket.s3.us-east-1.amazonaws.com/a/b%2520c",
        "https://bucket.s3.eu-west-1.amazonaws.com/a%20b": "https://bucket.s3.eu-west-1.amazonaws.com/a%20b",
        "https://s3.eu-west-1.amazonaws.com/bucket/a": "https://bucket.s3.eu-west-1.amazonaws.com/a",
        "gs://bucket/a b": "https://storage.googleapis.com/bucket/a%20b",
        "https://storage.googleapis.com/bucket/a": "https://storage.googleapis.com/bucket/a",
        "azure://container/a": "https://mine.blob.core.windows.net/container/a",
        "azure://mine.dfs.core.windows.net/container/a": "https://mine.blob.core.windows.net/container/a",
        "https://mine.blob.core.windows.net/container/a%2Bb": "https://mine.blob.core.windows.net/container/a%2Bb",
        "https://files.example.com/x/y%20z": "https://files.example.com/x/y%20z"
      }
      for (const [uri, address] of Object.entries(expected)) assert.strictEqual(yield* addressOf(uri), address, uri)
    }))

  it.effect("is refused with what to write", () =>
    Effect.gen(function*() {
      for (
        const [uri, says] of [
          ["ftp://host/a", "use s3://, gs://, azure://, https:// or file://"],
          ["s3:///a", "s3://BUCKET/KEY"],
          ["s3://bucket/a/../b", "must not be . or .."],
          ["azure://UPPER/a", "azure://CONTAINER/KEY"],
          ["https://mine.blob.core.windows.net/container/a?sig=x", "must not have a query"],
          ["https://files.example.com/%zz", "a % that begins no character"]
        ] as const
      ) {
        const error = yield* flipped(Effect.provide(Stores.open(uri), layer))
        assert.strictEqual(error.reason, "InvalidUri", uri)
        assert.include(error.message, says)
      }
    }))

  it.effect("of a bucket alone names no object, and no key leads out of it", () =>
    Effect.gen(function*() {
      const before = sent.length
      const { key, store } = yield* Effect.provide(Stores.open("s3://bucket"), layer)
      for (const wrong of [key, "../other/key", "a/./b"]) {
        assert.strictEqual((yield* flipped(store.stat(wrong))).reason, "InvalidUri")
        assert.strictEqual((yield* flipped(store.remove(wrong))).reason, "InvalidUri")
      }
      assert.strictEqual((yield* flipped(Stream.runDrain(store.list("../other/")))).reason, "InvalidUri")
      assert.strictEqual(sent.length, before)
    }))

  it.effect("is no use with settings that cannot be used", () =>
    Effect.gen(function*() {
      for (
        const [options, says] of [
          [{ partBytes: 1024 }, "partBytes must be an integer from 5242880 (5 MiB)"],
          [{ concurrency: 0 }, "concurrency must be an integer from 1 to 256, got 0"],
          [{ s3: { endpoint: "minio:9000" } }, "s3.endpoint must be a URL"],
          [{ timeout: 0 }, "timeout must be a duration of more than 0"]
        ] as const
      ) {
        const error = yield* flipped(Effect.provide(Stores.open("s3://bucket/a"), stub(options, () => oneByte).layer))
        assert.strictEqual(error.reason, "InvalidSettings")
        assert.include(error.message, says)
      }
    }))

  it.scoped("of a folder works like that of a bucket", () =>
    Effect.gen(function*() {
      const folder = yield* Effect.flatMap(FileSystem.FileSystem, (fs) => fs.makeTempDirectoryScoped())
      const { key, store } = yield* Stores.open(`file://${folder}/a b/one`)
      yield* store.write(key, new TextEncoder().encode("hello"))
      assert.strictEqual((yield* store.stat(key)).size, 5)
      assert.strictEqual(new TextDecoder().decode(yield* store.read(key, { offset: 1, length: 3 })), "ell")
      yield* Effect.exit(store.write(key, Stream.fail("no")))
      const listed = yield* Stream.runCollect(store.list(key.slice(0, -3)))
      assert.deepStrictEqual(Array.from(listed), [{ key, size: 5, version: undefined }])
      assert.strictEqual(store.uriOf(key), `file://${folder}/a%20b/one`)
      yield* store.remove(key)
      assert.strictEqual((yield* flipped(store.stat(key))).reason, "NotFound")
    }).pipe(Effect.provide(NodeContext.layer)))
})
