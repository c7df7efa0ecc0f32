/**
 * How a connection is encrypted: which certificates are trusted, and which one is shown to who asks for one.
 *
 * Everything is PEM, as files of certificates and keys usually are. What is wrong with it comes to light when the layer is
 * built, as {@link InvalidOptions}, and not with the first request.
 *
 * ```ts
 * import * as NodeHttp from "@effect-pinecone/node/NodeHttp"
 * import * as Tls from "@effect-pinecone/node/Tls"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 *
 * const client = Layer.unwrapEffect(
 *   Effect.map(Tls.fromFiles({ ca: "company-ca.pem" }), (tls) => NodeHttp.layer({ tls }))
 * )
 * ```
 *
 * @since 0.1.0
 */
import type { PlatformError } from "@effect/platform/Error"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import * as Crypto from "node:crypto"
import * as Net from "node:net"
import * as NodeTls from "node:tls"
import { InvalidOptions } from "./InvalidOptions.js"

/**
 * Which certificates to trust, and which one to present.
 *
 * @since 0.1.0
 * @category models
 */
export interface Tls {
  /**
   * Certificates of authorities that are trusted beside those that Node brings, in PEM. A text may hold many.
   *
   * @default none: those of Node, and of the file that `NODE_EXTRA_CA_CERTS` names
   */
  readonly ca?: string | Uint8Array | ReadonlyArray<string | Uint8Array> | undefined
  /** The certificate to show to a server that asks for one, in PEM, with those between it and its authority. */
  readonly cert?: string | Uint8Array | undefined
  /** The private key of `cert`, in PEM. */
  readonly key?: Redacted.Redacted | Uint8Array | undefined
  /** What `key` is encrypted with. */
  readonly passphrase?: Redacted.Redacted | undefined
  /**
   * The name that the server's certificate must be for, which is also asked for with SNI: no IP address.
   *
   * @default the host of the URL
   */
  readonly serverName?: string | undefined
  /**
   * Accepts any certificate of any server: an attacker on the way can read and change everything. For tests only.
   *
   * @default false
   */
  readonly unsafelyAcceptAnyCertificate?: boolean | undefined
}

const decoder = new TextDecoder()

const pem = (content: string | Uint8Array): string => typeof content === "string" ? content : decoder.decode(content)

const authorities = ({ ca = [] }: Tls): ReadonlyArray<string> =>
  (typeof ca === "string" || ca instanceof Uint8Array ? [ca] : ca).map(pem)

const keyOf = ({ key }: Tls): string | undefined =>
  key === undefined ? undefined : pem(Redacted.isRedacted(key) ? Redacted.value(key) : key)

/** What Node trusts by itself. Later versions tell of `NODE_EXTRA_CA_CERTS` and the system's store too. */
const trustedByNode = (): ReadonlyArray<string> => {
  if (Predicate.hasProperty(NodeTls, "getCACertificates") && Predicate.isFunction(NodeTls.getCACertificates)) {
    const certificates: unknown = NodeTls.getCACertificates("default")
    if (Array.isArray(certificates)) return certificates.filter(Predicate.isString)
  }
  return NodeTls.rootCertificates
}

/**
 * The settings as `node:tls` takes them, for your own client: `serverName` as `servername`, and the secrets in
 * the clear.
 *
 * Node leaves its own authorities out as soon as `ca` is given, so they are part of what this gives, and so is the file of
 * `NODE_EXTRA_CA_CERTS` where Node tells of it: from 22.15 on. With an earlier Node and a `ca`, add that file to `ca`.
 *
 * @since 0.1.0
 * @category conversions
 */
export const toConnectionOptions = (tls: Tls): NodeTls.ConnectionOptions => {
  const ca = authorities(tls)
  const key = keyOf(tls)
  return {
    ...(ca.length === 0 ? {} : { ca: [...trustedByNode(), ...ca] }),
    ...(tls.cert === undefined ? {} : { cert: pem(tls.cert) }),
    ...(key === undefined ? {} : { key }),
    ...(tls.passphrase === undefined ? {} : { passphrase: Redacted.value(tls.passphrase) }),
    ...(tls.serverName === undefined ? {} : { servername: tls.serverName }),
    ...(tls.unsafelyAcceptAnyCertificate === true ? { rejectUnauthorized: false } : {})
  }
}

const certificatePattern =
  /-----BEGIN (TRUSTED |X509 )?CERTIFICATE-----[^-]*-----END (TRUSTED |X509 )?CERTIFICATE-----/g

const attempt = <A>(f: () => A): Option.Option<A> => Option.getRight(Either.try(f))

/** The certificates of a text, unless it holds none, or one that cannot be read. */
const certificates = (text: string): Option.Option<ReadonlyArray<Crypto.X509Certificate>> =>
  Option.filter(
    attempt(() => (text.match(certificatePattern) ?? []).map((block) => new Crypto.X509Certificate(block))),
    (found) => found.length > 0
  )

/** What is wrong with the settings: the field, and a sentence that goes on after it. */
const problem = (tls: Tls): readonly [field: string, message: string] | undefined => {
  if (!authorities(tls).every((text) => Option.isSome(certificates(text)))) {
    return [
      "ca",
      "must be a certificate in PEM: pass the text of the file, from -----BEGIN CERTIFICATE-----"
    ]
  }
  if (tls.serverName !== undefined && (tls.serverName === "" || Net.isIP(tls.serverName) !== 0)) {
    return ["serverName", "is empty or an IP address: give the name that the server's certificate is for"]
  }
  const key = keyOf(tls)
  if (tls.passphrase !== undefined && key === undefined) {
    return ["passphrase", "is set without a key: set key too"]
  }
  if (tls.cert === undefined) {
    return key === undefined ? undefined : ["key", "is set without its certificate: set cert too"]
  }
  const own = certificates(pem(tls.cert))
  if (Option.isNone(own)) {
    return [
      "cert",
      "must be a certificate in PEM: pass the text of the file, from -----BEGIN CERTIFICATE-----"
    ]
  }
  if (key === undefined) return ["cert", "is set without its private key: set key too"]
  const privateKey = attempt(() =>
    Crypto.createPrivateKey({
      key,
      ...(tls.passphrase === undefined ? {} : { passphrase: Redacted.value(tls.passphrase) })
    })
  )
  if (Option.isNone(privateKey)) {
    return tls.passphrase === undefined
      ? ["key", "is not a readable private key in PEM: if it is encrypted, also set passphrase"]
      : ["key", "cannot be read: it is not a private key in PEM, or passphrase is wrong"]
  }
  if (!own.value[0]!.checkPrivateKey(privateKey.value)) {
    return ["key", "is not the private key of cert: use a matching pair"]
  }
  return undefined
}

/**
 * Reads the certificates and the key, and checks that they belong together. Making many connections with the one result is
 * much cheaper than reading them for each.
 *
 * Fails with {@link InvalidOptions} where a text holds no certificate, `cert` has no `key` or a wrong one, or a
 * `passphrase` is missing or wrong. Its `option` begins with `name`, `tls` by default.
 *
 * @since 0.1.0
 * @category conversions
 */
export const secureContext = (tls: Tls, name = "tls"): Effect.Effect<NodeTls.SecureContext, InvalidOptions> =>
  Effect.suspend(() => {
    const found = problem(tls)
    if (found !== undefined) {
      const option = `${name}.${found[0]}`
      return Effect.fail(new InvalidOptions({ option, message: `${option} ${found[1]}` }))
    }
    return Effect.try({
      try: () => NodeTls.createSecureContext(toConnectionOptions(tls)),
      catch: () =>
        new InvalidOptions({
          option: name,
          message: `${name} is refused by OpenSSL: check its certificates and its key`
        })
    })
  })

/**
 * Reads the certificates and the key from files, at the time when it is run.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromFiles = (
  files: {
    /** The path of a file of authorities, or the paths of many. */
    readonly ca?: string | ReadonlyArray<string> | undefined
    readonly cert?: string | undefined
    readonly key?: string | undefined
  } & Pick<Tls, "passphrase" | "serverName" | "unsafelyAcceptAnyCertificate">
): Effect.Effect<Tls, PlatformError, FileSystem.FileSystem> =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const { ca, cert, key, ...rest } = files
    return {
      ...rest,
      ca: ca === undefined
        ? undefined
        : yield* Effect.forEach(typeof ca === "string" ? [ca] : ca, (path) => fs.readFileString(path)),
      cert: cert === undefined ? undefined : yield* fs.readFileString(cert),
      key: key === undefined ? undefined : Redacted.make(yield* fs.readFileString(key))
    }
  })

const optional = (name: string): Config.Config<string | undefined> =>
  Config.map(Config.withDefault(Config.string(name), ""), (text) => text.trim() === "" ? undefined : text)

/** Where a variable cannot hold a line break, `\n` stands for it. */
const optionalPem = (name: string): Config.Config<string | undefined> =>
  Config.map(optional(name), (text) => text?.replaceAll("\\n", "\n"))

const secret = (text: string | undefined): Redacted.Redacted | undefined =>
  text === undefined ? undefined : Redacted.make(text)

/**
 * What the environment gives: `PINECONE_TLS_CA`, `PINECONE_TLS_CERT`, `PINECONE_TLS_KEY` (the texts of PEM files, with
 * their line breaks or with `\n` for each), `PINECONE_TLS_KEY_PASSPHRASE` and `PINECONE_TLS_SERVER_NAME`. Nothing where none
 * of them is set; an empty one counts as not set. For files, see {@link fromFiles}.
 *
 * @since 0.1.0
 * @category config
 */
export const config: Config.Config<Tls | undefined> = Config.map(
  Config.all({
    ca: optionalPem("PINECONE_TLS_CA"),
    cert: optionalPem("PINECONE_TLS_CERT"),
    key: Config.map(optionalPem("PINECONE_TLS_KEY"), secret),
    passphrase: Config.map(optional("PINECONE_TLS_KEY_PASSPHRASE"), secret),
    serverName: optional("PINECONE_TLS_SERVER_NAME")
  }),
  (tls) => Object.values(tls).every((value) => value === undefined) ? undefined : tls
)
