/** Requests of every route and every method, most of them wrong in some way. */
import * as Protocol from "@effect-pinecone/grpc/Protocol"
import { AdminApi } from "@effect-pinecone/http/AdminApi"
import { AssistantControlApi } from "@effect-pinecone/http/AssistantControlApi"
import { AssistantDataApi } from "@effect-pinecone/http/AssistantDataApi"
import { AssistantEvaluationApi } from "@effect-pinecone/http/AssistantEvaluationApi"
import { ControlPlaneApi } from "@effect-pinecone/http/ControlPlaneApi"
import { DataPlaneApi } from "@effect-pinecone/http/DataPlaneApi"
import { InferenceApi } from "@effect-pinecone/http/InferenceApi"
import { MetricsApi } from "@effect-pinecone/http/MetricsApi"
import { OAuthApi } from "@effect-pinecone/http/OAuthApi"
import * as HttpApi from "@effect/platform/HttpApi"
import * as Zlib from "node:zlib"
import type { Source } from "./values.js"
import { key, secret } from "./values.js"

export interface Route {
  readonly method: string
  readonly path: string
  /** Whether it is at the host of an index. */
  readonly isOfIndex: boolean
}

const routesOf = (api: HttpApi.HttpApi.AnyWithProps, prefix: string, isOfIndex: boolean): ReadonlyArray<Route> => {
  const routes: Array<Route> = []
  HttpApi.reflect(api, {
    onGroup: () => {},
    onEndpoint: ({ endpoint }) => {
      routes.push({ method: endpoint.method, path: `${prefix}${endpoint.path}`, isOfIndex })
    }
  })
  return routes
}

const as = (api: unknown) => api as HttpApi.HttpApi.AnyWithProps

/** Every route that there is, as the definitions of the API have it. */
export const routes: ReadonlyArray<Route> = [
  ...routesOf(as(ControlPlaneApi), "", false),
  ...routesOf(as(DataPlaneApi), "", true),
  ...routesOf(as(InferenceApi), "", false),
  ...routesOf(as(AssistantControlApi), "/assistant", false),
  ...routesOf(as(AssistantDataApi), "/assistant", false),
  ...routesOf(as(AssistantEvaluationApi), "/assistant", false),
  ...routesOf(as(AdminApi), "", false),
  ...routesOf(as(OAuthApi), "", false),
  ...routesOf(as(MetricsApi), "", false),
  { method: "POST", path: "/oauth/revoke", isOfIndex: false },
  { method: "GET", path: "/projects/:project_id/metrics/export", isOfIndex: true },
  { method: "GET", path: "/assistant/content/:assistant_name/:file_id", isOfIndex: false }
]

/** A body that is right, of each route that takes one. */
const bodies: Readonly<Record<string, unknown>> = {
  "/indexes": {
    name: "made",
    dimension: 3,
    metric: "cosine",
    spec: { serverless: { cloud: "aws", region: "us-east-1" } },
    deletion_protection: "disabled",
    tags: { a: "b" }
  },
  "/indexes/create-for-model": {
    name: "made",
    cloud: "aws",
    region: "us-east-1",
    embed: { model: "multilingual-e5-large", field_map: { text: "text" }, metric: "cosine" }
  },
  "/indexes/:index_name": { tags: { a: "c" }, deletion_protection: "enabled" },
  "/collections": { name: "gathered", source: "fuzz" },
  "/indexes/:index_name/backups": { name: "saved", description: "x" },
  "/backups/:backup_id/create-index": { name: "restored", tags: {} },
  "/vectors/upsert": {
    vectors: [
      { id: "a", values: [1, 2, 3], metadata: { genre: "drama", year: 1999, cast: ["x", "y"] } },
      { id: "b", values: [0.5, 0, -1], sparseValues: { indices: [1, 5], values: [0.5, 0.25] } }
    ],
    namespace: "fuzz"
  },
  "/query": {
    topK: 10,
    vector: [1, 2, 3],
    namespace: "fuzz",
    includeValues: true,
    includeMetadata: true,
    filter: { $and: [{ genre: { $eq: "drama" } }, { year: { $gte: 1990 } }] }
  },
  "/vectors/fetch_by_metadata": { namespace: "fuzz", filter: { genre: { $in: ["drama", "comedy"] } }, limit: 2 },
  "/vectors/update": { id: "a", values: [3, 2, 1], setMetadata: { year: 2000 }, namespace: "fuzz" },
  "/vectors/delete": { ids: ["a"], namespace: "fuzz" },
  "/describe_index_stats": { filter: { genre: "drama" } },
  "/namespaces": { name: "films", schema: { fields: { genre: { filterable: true } } } },
  "/bulk/imports": { uri: "file:///nowhere/at/all", errorMode: { onError: "abort" } },
  "/records/namespaces/:namespace/upsert": { _id: "r", text: "a record", genre: "drama" },
  "/records/namespaces/:namespace/search": { query: { inputs: { text: "a record" }, top_k: 3 }, fields: ["text"] },
  "/embed": {
    model: "multilingual-e5-large",
    parameters: { input_type: "query", truncate: "END" },
    inputs: [{ text: "hello" }]
  },
  "/rerank": { model: "bge-reranker-v2-m3", query: "x", documents: [{ text: "a" }, { text: "b" }], top_n: 1 },
  "/assistant/assistants": { name: "helper", instructions: "be kind", metadata: { a: 1 } },
  "/assistant/assistants/:assistant_name": { instructions: "be kinder" },
  "/assistant/chat/:assistant_name": { messages: [{ role: "user", content: "what?" }], stream: false, model: "gpt-4o" },
  "/assistant/chat/:assistant_name/chat/completions": { messages: [{ role: "user", content: "what?" }], stream: true },
  "/assistant/chat/:assistant_name/context": { query: "what?", top_k: 3, snippet_size: 512 },
  "/assistant/evaluation/metrics/alignment": { question: "what?", answer: "that", ground_truth_answer: "this" },
  "/admin/organizations/:organization_id": { name: "org" },
  "/admin/projects": { name: "proj" },
  "/admin/projects/:project_id": { name: "proj" },
  "/admin/projects/:project_id/api-keys": { name: "k", roles: ["ProjectEditor"] },
  "/admin/api-keys/:api_key_id": { name: "k2", roles: ["DataPlaneViewer"] },
  "/admin/service-accounts": { name: "s", role_bindings: [{ resource_type: "organization", role: "OrgMember" }] },
  "/admin/service-accounts/:service_account_id": { name: "s2" },
  "/admin/invites": {
    email: "ada@example.com",
    role_bindings: [{ resource_type: "organization", role: "OrgMember" }]
  },
  "/admin/role-bindings": {
    principal_type: "user",
    principal_id: "u",
    resource_type: "organization",
    role: "OrgManager"
  },
  "/oauth/token": {
    client_id: "fuzz",
    client_secret: secret,
    grant_type: "client_credentials",
    audience: "https://api.pinecone.io/"
  },
  "/oauth/revoke": { client_id: "fuzz", client_secret: secret, token: "t" }
}

const queries: ReadonlyArray<string> = [
  "ids=a&ids=b&namespace=fuzz",
  "ids=a",
  "limit=2",
  "limit=-1",
  "limit=1e9",
  "limit=x",
  "prefix=a&namespace=fuzz&limit=1",
  "paginationToken=eyJhIjoxfQ==",
  "pagination_token=%00",
  "filter=%7B%22a%22%3A1%7D",
  "filter=%7B",
  "include_url=true",
  "type=embed&vector_type=dense",
  "a=%zz&%c3%28=1",
  "x".repeat(3000),
  "ids=" + Array.from({ length: 1001 }, (_, i) => i).join("&ids=")
]

const segments: ReadonlyArray<string> = [
  "fuzz",
  "fuzz",
  "fuzz",
  "helper",
  "made",
  "nowhere",
  "a",
  "1",
  "00000000-0000-0000-0000-000000000000",
  "%F0%9F%98%80",
  "%zz",
  "%c3%28",
  "%00",
  "%2e%2e",
  "..",
  ".",
  "",
  "x".repeat(600),
  "__default__",
  "__proto__",
  "a%2Fb"
]

const contentTypes: ReadonlyArray<string | undefined> = [
  undefined,
  "text/plain",
  "application/x-www-form-urlencoded",
  "application/xml",
  "multipart/form-data",
  "multipart/form-data; boundary=x",
  "application/x-ndjson",
  "application/json; charset=latin1",
  "application/grpc",
  "x",
  ""
]

export interface HttpRequest {
  readonly route: Route
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer | undefined
}

const part = (name: string, content: string | Buffer, file = ""): Buffer =>
  Buffer.concat([
    Buffer.from(`--x\r\nContent-Disposition: form-data; name="${name}"${file}\r\n\r\n`),
    Buffer.from(content),
    Buffer.from("\r\n")
  ])

const upload = (random: Source): Buffer => {
  const parts = [part("file", random.text(), `; filename="${random.pick(["a.txt", "b.pdf", "c.json", "d.md", "e"])}"`)]
  if (random.chance(0.5)) parts.push(part("metadata", JSON.stringify(random.json())))
  if (random.chance(0.1)) parts.push(part(random.text(), random.bytes(100)))
  if (random.chance(0.9)) parts.push(Buffer.from("--x--\r\n"))
  return Buffer.concat(parts)
}

const nested = (depth: number): string => {
  const open = "{\"a\":["
  return open.repeat(depth) + "1" + "]}".repeat(depth)
}

const spoiled = (random: Source, json: string): Buffer => {
  const bytes = Buffer.from(json)
  switch (random.below(8)) {
    case 0:
      return bytes.subarray(0, random.below(bytes.length + 1))
    case 1:
      return Buffer.concat([bytes, random.bytes(5)])
    case 2:
      return Buffer.from(nested(random.pick([60, 150, 20_000])))
    case 3:
      return Buffer.from(`{"vector":${nested(random.pick([90, 5000]))},"filter":${nested(5000)}}`)
    case 4:
      return random.bytes(random.below(300))
    case 5:
      return Zlib.gzipSync(bytes)
    case 6:
      return Buffer.from(`[${"[],".repeat(20_000)}[]]`)
    default:
      if (bytes.length > 0) bytes[random.below(bytes.length)] = random.below(256)
      return bytes
  }
}

const bodyOf = (random: Source, { path }: Route): Buffer => {
  if (path.startsWith("/assistant/files/")) return upload(random)
  const right = bodies[path] ?? random.json()
  const value = random.chance(0.15) ? right : random.mutated(right)
  const json = JSON.stringify(value)
  const text = path === "/records/namespaces/:namespace/upsert"
    ? Array.from({ length: 1 + random.below(3) }, () => JSON.stringify(random.mutated(right))).join("\n")
    : json
  return random.chance(0.15) ? spoiled(random, text) : Buffer.from(text)
}

const usualType = ({ path }: Route): string =>
  path.startsWith("/assistant/files/")
    ? "multipart/form-data; boundary=x"
    : path.endsWith("/upsert") && path.startsWith("/records")
    ? "application/x-ndjson"
    : "application/json"

/** A request of a route, as HTTP/1.1 can write it. */
export const request = (random: Source, route: Route, token: string): HttpRequest => {
  const method = random.chance(0.97)
    ? route.method
    : random.pick(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "PROPFIND"])
  const path = route.path.replace(/:[a-z_]+/g, () => random.pick(segments)) +
    (random.chance(0.4) ? `?${random.pick(queries)}` : "")
  const headers: Record<string, string> = {}
  if (random.chance(0.97)) headers["api-key"] = key
  if (/^\/(admin|projects|prometheus)\//.test(route.path) && random.chance(0.95)) {
    headers["authorization"] = `Bearer ${route.path.startsWith("/admin") ? token : key}`
  }
  if (random.chance(0.1)) {
    headers["x-pinecone-api-version"] = random.pick(["2025-04", "2026-07", "1999-01", "x", "2024-07"])
  }
  if (random.chance(0.02)) headers["content-encoding"] = random.pick(["gzip", "br", "identity", "x"])
  if (random.chance(0.02)) headers["origin"] = random.pick(["null", "http://evil.example", "x"])
  if (random.chance(0.02)) headers[`x-${"y".repeat(random.below(2000))}`] = "z".repeat(random.below(20_000))
  const hasBody = !/^(GET|HEAD|OPTIONS|TRACE)$/.test(method) && random.chance(0.97)
  if (!hasBody) return { route, method, path, headers, body: undefined }
  const type = random.chance(0.95) ? usualType(route) : random.pick(contentTypes)
  if (type !== undefined) headers["content-type"] = type
  return { route, method, path, headers, body: bodyOf(random, route) }
}

/** Bytes for a port that are hardly a request. */
export const rawBytes = (random: Source, host: string): Buffer => {
  const head = `POST /query HTTP/1.1\r\nHost: ${host}\r\napi-key: ${key}\r\nContent-Type: application/json\r\n`
  const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
  const frame = (type: number, flags: number, stream: number, payload: Buffer) => {
    const bytes = Buffer.alloc(9)
    bytes.writeUIntBE(payload.length, 0, 3)
    bytes[3] = type
    bytes[4] = flags
    bytes.writeUInt32BE(stream, 5)
    return Buffer.concat([bytes, payload])
  }
  const settings = frame(4, 0, 0, Buffer.alloc(0))
  return random.pick<() => Buffer>([
    () => random.bytes(random.below(2000)),
    () => Buffer.from(`${head}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n`),
    () => Buffer.from(`${head}Content-Length: 2\r\nContent-Length: 5\r\n\r\n{}`),
    () => Buffer.from(`${head}Content-Length: -1\r\n\r\n{}`),
    () => Buffer.from(`${head}Content-Length: 1e3\r\n\r\n{}`),
    () => Buffer.from(`${head}Transfer-Encoding: chunked\r\n\r\n${random.text()}\r\n{}\r\n0\r\n\r\n`),
    () => Buffer.from(`${head}Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n{}`),
    () => Buffer.from(`${head}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`),
    () => Buffer.from(`${head}Transfer-Encoding: x\r\n\r\n{}`),
    () => Buffer.from(`${head} folded\r\nContent-Length: 2\r\n\r\n{}`),
    () => Buffer.from(`${head}Content-Length : 2\r\n\r\n{}`),
    () => Buffer.from(`${head}api-key: ${key}\r\nContent-Length: 2\r\n\r\n{}`),
    () => Buffer.from(`${head}Host: other\r\nContent-Length: 2\r\n\r\n{}`),
    () => Buffer.from(`${head}Content-Length: 100\r\n\r\n{}`),
    () => Buffer.from(`GET http://${host}/namespaces HTTP/1.1\r\nHost: ${host}\r\napi-key: ${key}\r\n\r\n`),
    () => Buffer.from(`GET //${host}/namespaces HTTP/1.1\r\nHost: ${host}\r\napi-key: ${key}\r\n\r\n`),
    () => Buffer.from(`GET /vectors/%zz HTTP/1.1\r\nHost: ${host}\r\napi-key: ${key}\r\n\r\n`),
    () => Buffer.from(`GET * HTTP/1.1\r\nHost: ${host}\r\n\r\n`),
    () => Buffer.from(`CONNECT ${host} HTTP/1.1\r\nHost: ${host}\r\n\r\n`),
    () => Buffer.from(`GET / HTTP/1.1\r\n\r\n`),
    () => Buffer.from(`GET / HTTP/9.9\r\nHost: ${host}\r\n\r\n`),
    () =>
      Buffer.from(
        `GET /namespaces HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
          `Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n`
      ),
    () => Buffer.from(`GET / HTTP/1.1\r\nHost: ${host}\r\n${"a: b\r\n".repeat(3000)}\r\n`),
    () => Buffer.from(`GET /namespaces HTTP/1.1\r\nHost: ${host}\r\n\r\n`.repeat(1 + random.below(90))),
    () => Buffer.from(`${head}Expect: 100-continue\r\nContent-Length: 2\r\n\r\n{}`),
    () => Buffer.from(`${head}Expect: 200-ok\r\nContent-Length: 2\r\n\r\n{}`),
    () => Buffer.concat([Buffer.from(preface), random.bytes(random.below(500))]),
    () =>
      Buffer.concat([
        Buffer.from(preface),
        settings,
        ...Array.from(
          { length: 1 + random.below(20) },
          () => frame(random.below(12), random.below(256), random.below(8), random.bytes(random.below(40)))
        )
      ])
  ])()
}

export interface GrpcCall {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

const paths = Object.values(Protocol.methods).map(({ path }) => path)

const right = (): ReadonlyArray<Uint8Array> => {
  const { fetchByMetadata, query, update, upsert } = Protocol.methods
  const values = Float32Array.of(1, 2, 3)
  return [
    upsert.encodeRequest({ vectors: [{ id: "g", values, metadata: { a: 1, b: ["x"] } }], namespace: "fuzz" }),
    query.encodeRequest({ topK: 3, vector: values, filter: { a: { $gt: 0 } }, includeMetadata: true }),
    update.encodeRequest({ id: "g", setMetadata: { a: 2 }, namespace: "fuzz" }),
    fetchByMetadata.encodeRequest({ filter: { a: 1 }, limit: 1 }),
    new Uint8Array()
  ]
}

const messages = right()

const framed = (flag: number, message: Uint8Array, length = message.length): Buffer => {
  const prefix = Buffer.alloc(5)
  prefix[0] = flag
  prefix.writeUInt32BE(length, 1)
  return Buffer.concat([prefix, message])
}

let bomb: Buffer | undefined

/** A call of any method, with bytes that may be no message. */
export const grpcCall = (random: Source): GrpcCall => {
  const headers: Record<string, string> = { "content-type": "application/grpc", "te": "trailers" }
  if (random.chance(0.95)) headers["api-key"] = key
  if (random.chance(0.05)) headers["content-type"] = random.pick(["application/json", "application/grpc+json", "x"])
  if (random.chance(0.05)) {
    headers["grpc-timeout"] = random.pick(["x", "1", "0n", "99999999H", "999999999S", "-1S", "50m"])
  }
  const plain = Buffer.from(random.pick(messages))
  if (random.chance(0.5) && plain.length > 0) {
    for (let i = 0; i <= random.below(4); i++) plain[random.below(plain.length)] = random.below(256)
  }
  const message = random.chance(0.2) ? random.bytes(random.below(200)) : plain
  const path = random.chance(0.95)
    ? random.pick(paths)
    : random.pick(["/", "/VectorService/", "/x/y", "/VectorService/Nothing"])
  const body = random.pick<() => Buffer>([
    () => framed(0, message),
    () => framed(0, message),
    () => framed(0, message),
    () => framed(0, message),
    () => framed(0, message, message.length + random.below(100)),
    () => framed(0, message, 2 ** 32 - 1),
    () => framed(random.below(256), message),
    () => Buffer.concat([framed(0, message), framed(0, message)]),
    () => random.bytes(random.below(30)),
    () => {
      headers["grpc-encoding"] = random.pick(["gzip", "deflate", "snappy", "identity", "br"])
      return framed(1, Zlib.gzipSync(message))
    },
    () => {
      headers["grpc-encoding"] = "gzip"
      if (random.chance(0.95)) return framed(1, Zlib.gzipSync(message).subarray(0, random.below(30)))
      bomb ??= Zlib.gzipSync(Buffer.alloc(128 * 2 ** 20))
      return framed(1, bomb)
    }
  ])()
  return { path, headers, body }
}
