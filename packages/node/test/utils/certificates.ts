/** Certificates for tests: an authority of one's own, and what it signs. They need nothing but `node-forge`. */
import forge from "node-forge"
import * as Crypto from "node:crypto"
import * as Net from "node:net"

export interface Certificate {
  readonly cert: string
  readonly key: string
}

const day = 24 * 60 * 60 * 1000

let serial = 0

const issue = (
  commonName: string,
  extensions: ReadonlyArray<object>,
  issuer?: Certificate,
  expires = Date.now() + day
): Certificate => {
  const keys = Crypto.generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" }
  })
  const certificate = forge.pki.createCertificate()
  const subject = [{ name: "commonName", value: commonName }]
  certificate.publicKey = forge.pki.publicKeyFromPem(keys.publicKey)
  certificate.serialNumber = (++serial).toString(16).padStart(4, "0")
  certificate.validity.notBefore = new Date(Math.min(Date.now(), expires) - day)
  certificate.validity.notAfter = new Date(expires)
  certificate.setSubject(subject)
  certificate.setIssuer(
    issuer === undefined ? subject : forge.pki.certificateFromPem(issuer.cert).subject.attributes
  )
  certificate.setExtensions([...extensions])
  certificate.sign(forge.pki.privateKeyFromPem(issuer?.key ?? keys.privateKey), forge.md.sha256.create())
  return { cert: forge.pki.certificateToPem(certificate), key: keys.privateKey }
}

/** An authority that nobody trusts unless told to. */
export const authority = (name: string): Certificate =>
  issue(name, [
    { name: "basicConstraints", cA: true, critical: true },
    { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true }
  ])

const serving = (hosts: ReadonlyArray<string>): ReadonlyArray<object> => [
  { name: "basicConstraints", cA: false },
  { name: "extKeyUsage", serverAuth: true },
  {
    name: "subjectAltName",
    altNames: hosts.map((host) => Net.isIP(host) === 0 ? { type: 2, value: host } : { type: 7, ip: host })
  }
]

/** The certificate of a server, for names and addresses. */
export const server = (issuer: Certificate, ...hosts: ReadonlyArray<string>): Certificate =>
  issue(hosts[0]!, serving(hosts), issuer)

/** The certificate of a server that was valid until yesterday. */
export const expiredServer = (issuer: Certificate, host: string): Certificate =>
  issue(host, serving([host]), issuer, Date.now() - day)

/** The certificate of a client. */
export const client = (issuer: Certificate, name: string): Certificate =>
  issue(name, [
    { name: "basicConstraints", cA: false },
    { name: "extKeyUsage", clientAuth: true }
  ], issuer)

/** A key, encrypted with a passphrase. */
export const encrypted = (key: string, passphrase: string): string =>
  Crypto.createPrivateKey(key).export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase }).toString()
