import * as Clock from "effect/Clock"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Crypto from "node:crypto"
import * as NodeTls from "node:tls"
import type { Tls } from "../PineconeLocal.js"

/** How connections are encrypted, as Node's servers take it. */
export interface TlsSettings extends NodeTls.TlsOptions {}

export class TlsProblem extends Data.TaggedError("TlsProblem")<{ readonly message: string }> {}

const decoder = new TextDecoder()

const text = (pem: string | Uint8Array): string => typeof pem === "string" ? pem : decoder.decode(pem)

/** The cause is left out: it may show what it was about. */
const reading = <A>(message: string, read: () => A): Effect.Effect<A, TlsProblem> =>
  Effect.try({ try: read, catch: () => new TlsProblem({ message }) })

/** Reads the certificates and the key, and checks that they belong together. */
export const settings = (tls: Tls): Effect.Effect<TlsSettings, TlsProblem> =>
  Effect.gen(function*() {
    const cert = text(tls.cert)
    const key = text(Redacted.value(tls.key))
    const certificate = yield* reading(
      "tls.cert is not a readable certificate in PEM",
      () => new Crypto.X509Certificate(cert)
    )
    const privateKey = yield* reading(
      "tls.key is not a private key in PEM that can be read without a passphrase",
      () => Crypto.createPrivateKey(key)
    )
    if (!certificate.checkPrivateKey(privateKey)) {
      return yield* new TlsProblem({ message: "tls.key is not the private key of tls.cert" })
    }
    const expires = Date.parse(certificate.validTo)
    if (expires < (yield* Clock.currentTimeMillis)) {
      return yield* new TlsProblem({
        message: `tls.cert expired on ${new Date(expires).toISOString()}: no client would accept it. Renew it`
      })
    }
    const ca = tls.clientCa === undefined ? undefined : text(tls.clientCa)
    if (ca !== undefined) {
      yield* reading("tls.clientCa is not a readable certificate in PEM", () => new Crypto.X509Certificate(ca))
    }
    const secured = {
      cert,
      key,
      ...(ca === undefined ? {} : { ca, requestCert: true, rejectUnauthorized: true })
    }
    yield* reading("tls is refused by OpenSSL: look at each certificate of it", () =>
      NodeTls.createSecureContext(secured))
    // The first that the client offers too: gRPC offers HTTP/2 alone, and what offers both is served over HTTP/1.
    return { ...secured, ALPNProtocols: ["http/1.1", "h2"] }
  })
