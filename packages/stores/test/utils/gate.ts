import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { createHash, createHmac } from "node:crypto"
import * as Http from "node:http"
import type { AddressInfo } from "node:net"

/** What a gate sees of a request. */
export interface Seen {
  readonly method: string
  /** The path and the query, as they were sent. */
  readonly url: string
  readonly headers: Http.IncomingHttpHeaders
  readonly body: Buffer
}

/** What a gate does instead of passing a request on: it answers, or it cuts the connection in the midst of the answer. */
export type Instead =
  | { readonly status: number; readonly body?: string; readonly headers?: Record<string, string> }
  | { readonly cutAfter: number }
  | "silence"
  | undefined

export interface Gate {
  readonly url: string
  readonly seen: Array<Seen>
  /** Decides about the requests from now on. */
  instead: (seen: Seen) => Instead
}

/** An error as S3, Google and Azure write them. */
export const xmlError = (status: number, code: string, message = "no"): Instead => ({
  status,
  body: `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`,
  headers: { "content-type": "application/xml" }
})

export const listen = (server: Http.Server): Effect.Effect<number, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.async<number>((resume) => {
      server.listen(0, "127.0.0.1", () => resume(Effect.succeed((server.address() as AddressInfo).port)))
    }),
    () =>
      Effect.async<void>((resume) => {
        server.close(() => resume(Effect.void))
        server.closeAllConnections()
      })
  )

/** What stands before a service: it checks what the emulator behind it does not, and misbehaves when it is asked to. */
export const gate = (
  behind: string,
  options: {
    /** What is wrong with a request, if anything. */
    readonly check?: (seen: Seen) => Instead
    /** How a request is changed that is passed on. */
    readonly rewrite?: (
      url: string,
      headers: Record<string, unknown>
    ) => { url: string; headers: Record<string, unknown> }
  } = {}
): Effect.Effect<Gate, never, Scope.Scope> =>
  Effect.gen(function*() {
    const { check = () => undefined, rewrite = (url, headers) => ({ url, headers }) } = options
    const self: { -readonly [K in keyof Gate]: Gate[K] } = { url: "", seen: [], instead: () => undefined }
    const agent = new Http.Agent({ keepAlive: true })
    const server = Http.createServer((request, response) => {
      const pieces: Array<Buffer> = []
      request.on("data", (piece: Buffer) => pieces.push(piece))
      request.on("end", () => {
        const { headers, method = "GET", url = "/" } = request
        const seen: Seen = { method, url, headers, body: Buffer.concat(pieces) }
        self.seen.push(seen)
        const instead = self.instead(seen) ?? check(seen)
        if (instead === "silence") return
        if (instead !== undefined && "status" in instead) {
          response.writeHead(instead.status, instead.headers).end(instead.body ?? "")
          return
        }
        const to = rewrite(url, { ...headers, host: new URL(behind).host })
        const forwarded = Http.request(
          `${behind}${to.url}`,
          { method, headers: to.headers as Http.OutgoingHttpHeaders, agent },
          (answer) => {
            response.writeHead(answer.statusCode ?? 500, answer.headers)
            // What has no body cannot be cut.
            if (instead === undefined || method === "HEAD") answer.pipe(response)
            else {
              answer.once("data", (piece: Buffer) => {
                response.write(piece.subarray(0, instead.cutAfter), () => response.destroy())
                answer.destroy()
              })
            }
          }
        )
        forwarded.on("error", () => response.destroy())
        forwarded.end(seen.body)
      })
    })
    yield* Effect.addFinalizer(() => Effect.sync(() => agent.destroy()))
    const port = yield* listen(server)
    self.url = `http://127.0.0.1:${port}`
    return self
  })

const hmac = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest()

const sha256 = (text: string | Buffer): string => createHash("sha256").update(text).digest("hex")

const strict = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)

/** How far a clock may be off, in milliseconds, as S3 and Azure have it. */
const skew = 15 * 60_000

/**
 * Checks a signature as Amazon documents it ("Authenticating Requests: AWS Signature Version 4"), which s3rver does not: the
 * request's, the body's hash, and the time.
 */
export const checkV4 =
  (keys: { readonly [id: string]: string }, now: () => number = Date.now) =>
  ({ body, headers, method, url }: Seen): Instead => {
    const authorization = headers.authorization
    if (authorization === undefined) return xmlError(403, "AccessDenied", "Access Denied")
    const [, id = "", date = "", region = "", service = "", names = "", signature = ""] =
      /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d+)\/([^/]+)\/([^/]+)\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=(\w+)$/
        .exec(authorization) ?? []
    const secret = keys[id]
    if (secret === undefined) {
      return xmlError(403, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist")
    }
    const time = String(headers["x-amz-date"])
    const [path = "", query = ""] = url.split("?")
    const canonicalQuery = query === "" ? "" : query.split("&").map((pair) => {
      const [name = "", value = ""] = pair.split("=")
      return `${strict(decodeURIComponent(name))}=${strict(decodeURIComponent(value))}`
    }).sort().join("&")
    const hash = String(headers["x-amz-content-sha256"])
    const canonical = [
      method,
      path,
      canonicalQuery,
      ...names.split(";").map((name) => `${name}:${String(headers[name])}`),
      "",
      names,
      hash
    ].join("\n")
    const text = ["AWS4-HMAC-SHA256", time, `${date}/${region}/${service}/aws4_request`, sha256(canonical)].join("\n")
    const key = hmac(hmac(hmac(hmac(`AWS4${secret}`, date), region), service), "aws4_request")
    if (hmac(key, text).toString("hex") !== signature) {
      return xmlError(
        403,
        "SignatureDoesNotMatch",
        "The request signature we calculated does not match the signature you provided."
      )
    }
    const [, y, m, d, h, min, s] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(time)!
    if (Math.abs(Date.parse(`${y}-${m}-${d}T${h}:${min}:${s}Z`) - now()) > skew) {
      return xmlError(
        403,
        "RequestTimeTooSkewed",
        "The difference between the request time and the current time is too large."
      )
    }
    return sha256(body) === hash ? undefined : xmlError(400, "XAmzContentSHA256Mismatch", "The hash does not match")
  }

/** Azure's answer to a request of another time, which azurite does not give. */
export const checkAzureTime = (now: () => number = Date.now) => ({ headers }: Seen): Instead =>
  Math.abs(Date.parse(String(headers["x-ms-date"])) - now()) > skew
    ? {
      status: 403,
      headers: { "content-type": "application/xml" },
      body:
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>AuthenticationFailed</Code><Message>Server failed to " +
        "authenticate the request. Make sure the value of Authorization header is formed correctly including the signature.\n" +
        "RequestId:1</Message><AuthenticationErrorDetail>Request date header too old: 'x'</AuthenticationErrorDetail></Error>"
    }
    : undefined
