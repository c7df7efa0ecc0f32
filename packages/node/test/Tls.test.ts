import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as FileSystem from "@effect/platform/FileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type * as Http from "node:http"
import * as Path from "node:path"
import type { TLSSocket } from "node:tls"
import { inspect } from "node:util"
import * as NodeHttp from "../src/NodeHttp.js"
import * as Tls from "../src/Tls.js"
import * as certificates from "./utils/certificates.js"
import { reasons, text } from "./utils/client.js"
import * as servers from "./utils/servers.js"

const ca = certificates.authority("Test authority")
const other = certificates.authority("Another authority")
const own = certificates.server(ca, "localhost", "127.0.0.1")
const named = certificates.server(ca, "index.test")
const mine = certificates.client(ca, "me")

const hello: Http.RequestListener = (request, response) => {
  const { subject } = (request.socket as TLSSocket).getPeerCertificate()
  response.end(`hello ${subject?.CN ?? "nobody"}`)
}

const localhost = ({ port }: servers.Served) => `https://localhost:${port}`

describe("a host", () => {
  it.scoped("is trusted with the authority of its certificate, beside those of Node", () =>
    Effect.gen(function*() {
      const served = yield* servers.https(own, hello)
      for (const given of [ca.cert, new TextEncoder().encode(ca.cert), [other.cert, ca.cert], other.cert + ca.cert]) {
        const client = yield* NodeHttp.make({ tls: { ca: given } })
        assert.strictEqual(yield* text(client, localhost(served)), "hello nobody")
        assert.strictEqual(yield* text(client, served.url), "hello nobody")
      }
      const { ca: trusted } = Tls.toConnectionOptions({ ca: ca.cert })
      assert.isAbove((trusted as Array<string>).length, 100)
    }))

  it.scoped("is not trusted otherwise, and the next request works", () =>
    Effect.gen(function*() {
      const served = yield* servers.https(own, hello)
      const elsewhere = yield* servers.https(named, hello)
      const plain = yield* servers.http((_, response) => response.end("plain"))
      const cases: ReadonlyArray<readonly [NodeHttp.Options, url: string, why: RegExp]> = [
        [{}, localhost(served), /unable to verify the first certificate|self-signed certificate/],
        [{ tls: { ca: other.cert } }, localhost(served), /unable to verify the first certificate/],
        [{ tls: { ca: ca.cert } }, elsewhere.url, /127\.0\.0\.1 is not in the cert's list/],
        [{ tls: { ca: ca.cert } }, localhost(elsewhere), /localhost\. is not in the cert's altnames/],
        [{ tls: { ca: ca.cert, serverName: "other.test" } }, served.url, /other\.test\. is not in the cert's altnames/]
      ]
      for (const [options, url, why] of cases) {
        for (const connections of [undefined, 1]) {
          const client = yield* NodeHttp.make({ ...options, connections })
          for (let round = 0; round < 2; round++) {
            const errors = yield* Effect.all([1, 2, 3].map(() => Effect.flip(text(client, url))), {
              concurrency: "unbounded"
            })
            for (const error of errors) {
              assert.deepStrictEqual([error._tag, error.reason], ["RequestError", "Transport"])
              assert.match(reasons(error.cause), why)
            }
          }
          assert.strictEqual(yield* text(client, plain.url), "plain")
        }
      }
    }))

  it.scoped("may have another name, or any certificate, where the options say so", () =>
    Effect.gen(function*() {
      let name: string | false | null = null
      const served = yield* servers.https(named, (request, response) => {
        name = (request.socket as TLSSocket & { readonly servername: string | false }).servername
        response.end("x")
      })
      const client = yield* NodeHttp.make({ tls: { ca: ca.cert, serverName: "index.test" } })
      assert.strictEqual(yield* text(client, served.url), "x")
      assert.strictEqual(name, "index.test")
      const any = yield* NodeHttp.make({ tls: { unsafelyAcceptAnyCertificate: true } })
      assert.strictEqual(yield* text(any, served.url), "x")
      assert.isFalse(name)
      assert.strictEqual(yield* text(any, localhost(served)), "x")
      assert.strictEqual(name, "localhost")
    }))

  it.scoped("is shown the client's certificate, where it asks for one", () =>
    Effect.gen(function*() {
      const served = yield* servers.https({ ...own, ca: ca.cert, requestCert: true, rejectUnauthorized: true }, hello)
      const passphrase = Redacted.make("open sesame")
      const keys: ReadonlyArray<Pick<Tls.Tls, "key" | "passphrase">> = [
        { key: Redacted.make(mine.key) },
        { key: new TextEncoder().encode(mine.key) },
        { key: Redacted.make(certificates.encrypted(mine.key, "open sesame")), passphrase }
      ]
      for (const key of keys) {
        const client = yield* NodeHttp.make({ tls: { ca: ca.cert, cert: mine.cert, ...key } })
        // The second connection resumes the session of the first.
        assert.deepStrictEqual(
          yield* Effect.all([text(client, localhost(served)), text(client, localhost(served))], { concurrency: 2 }),
          ["hello me", "hello me"]
        )
      }
      const nobody = yield* NodeHttp.make({ tls: { ca: ca.cert } })
      const error = yield* Effect.flip(text(nobody, localhost(served)))
      assert.strictEqual(error._tag, "RequestError")
      assert.match(reasons(error.cause), /certificate|closed|ECONNRESET/)
    }))

  it.scoped("is not asked for all again with each connection", () =>
    Effect.gen(function*() {
      const reused: Array<boolean> = []
      const served = yield* servers.https(own, (request, response) => {
        reused.push((request.socket as TLSSocket).isSessionReused())
        response.setHeader("connection", "close")
        response.end("x")
      })
      const client = yield* NodeHttp.make({ tls: { ca: ca.cert } })
      for (let i = 0; i < 3; i++) yield* text(client, localhost(served))
      assert.deepStrictEqual(reused, [false, true, true])
    }))
})

describe("certificates and keys", () => {
  const key = Redacted.make(mine.key)
  const encrypted = Redacted.make(certificates.encrypted(mine.key, "open sesame"))
  const { cert } = mine
  const cases: ReadonlyArray<readonly [Tls.Tls, option: string, why: RegExp]> = [
    [{ ca: "" }, "tls.ca", /must be a certificate in PEM/],
    [{ ca: [ca.cert, "/etc/ssl/ca.pem"] }, "tls.ca", /must be a certificate in PEM/],
    [{ ca: ca.cert.replace("MII", "AAA") }, "tls.ca", /must be a certificate in PEM/],
    [{ ca: mine.key }, "tls.ca", /must be a certificate in PEM/],
    [{ ca: new Uint8Array(10) }, "tls.ca", /must be a certificate in PEM/],
    [{ cert }, "tls.cert", /without its private key/],
    [{ key }, "tls.key", /without its certificate/],
    [{ cert: "x", key }, "tls.cert", /must be a certificate in PEM/],
    [{ cert, key: Redacted.make("hush") }, "tls.key", /not a readable private key/],
    [{ cert, key: Redacted.make(own.key) }, "tls.key", /not the private key of cert/],
    [{ cert, key: encrypted }, "tls.key", /also set passphrase/],
    [{ cert, key: encrypted, passphrase: Redacted.make("hush") }, "tls.key", /passphrase is wrong/],
    [{ passphrase: Redacted.make("hush") }, "tls.passphrase", /without a key/],
    [{ serverName: "127.0.0.1" }, "tls.serverName", /IP address/],
    [{ serverName: "" }, "tls.serverName", /empty/]
  ]
  for (const [tls, option, why] of cases) {
    it.scoped(`that are wrong are found at once: ${option} ${why.source}`, () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(NodeHttp.make({ tls }))
        assert.strictEqual(error._tag, "PineconeInvalidOptions")
        assert.strictEqual(error.option, option)
        assert.match(error.message, why)
        assert.isTrue(error.message.startsWith(option))
        assert.notMatch(inspect(error, { depth: 10, showHidden: true }), /hush|BEGIN PRIVATE|BEGIN ENCRYPTED|sesame/)
        const behind = yield* Effect.flip(NodeHttp.make({ proxy: { http: { url: "https://proxy.test", tls } } }))
        assert.strictEqual(behind.option, `proxy.http.${option}`)
      }))
  }

  it.scoped("come from files", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const folder = yield* fs.makeTempDirectoryScoped()
      const write = (name: string, text: string) =>
        Effect.as(fs.writeFileString(Path.join(folder, name), text), Path.join(folder, name))
      const files = {
        ca: yield* write("ca.pem", ca.cert),
        cert: yield* write("cert.pem", mine.cert),
        key: yield* write("key.pem", mine.key)
      }
      const tls = yield* Tls.fromFiles({ ...files, serverName: "index.test" })
      assert.deepStrictEqual(tls, {
        ca: [ca.cert],
        cert: mine.cert,
        key: Redacted.make(mine.key),
        serverName: "index.test"
      })
      yield* Tls.secureContext(tls)
      assert.notMatch(inspect(tls, { depth: 10 }), /PRIVATE/)
      assert.deepStrictEqual((yield* Tls.fromFiles({ ca: [files.ca, files.cert] })).ca, [ca.cert, mine.cert])
      const missing = yield* Effect.flip(Tls.fromFiles({ ca: Path.join(folder, "none.pem") }))
      assert.strictEqual(missing._tag, "SystemError")
    }).pipe(Effect.provide(NodeFileSystem.layer)))

  it.effect("come from the environment", () =>
    Effect.gen(function*() {
      const read = (env: Readonly<Record<string, string>>) =>
        Effect.withConfigProvider(Tls.config, ConfigProvider.fromMap(new Map(Object.entries(env))))
      assert.isUndefined(yield* read({}))
      assert.isUndefined(yield* read({ PINECONE_TLS_CA: "", PINECONE_TLS_KEY: " " }))
      const oneLine = (pem: string) => pem.replaceAll("\n", "\\n")
      const tls = yield* read({
        PINECONE_TLS_CA: ca.cert,
        PINECONE_TLS_CERT: oneLine(mine.cert),
        PINECONE_TLS_KEY: oneLine(Redacted.value(encrypted)),
        PINECONE_TLS_KEY_PASSPHRASE: "open sesame",
        PINECONE_TLS_SERVER_NAME: "index.test"
      })
      assert.strictEqual(tls!.serverName, "index.test")
      assert.notMatch(inspect(tls, { depth: 10 }), /ENCRYPTED|sesame/)
      yield* Tls.secureContext(tls!)
    }))
})
