/**
 * One port for the control plane and every index, told apart by the names of their hosts.
 */
import * as VectorIndex from "@effect-pinecone/data-plane/VectorIndex"
import * as PineconeGrpc from "@effect-pinecone/grpc/PineconeGrpc"
import * as Protocol from "@effect-pinecone/grpc/Protocol"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as FileSystem from "@effect/platform/FileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as grpcJs from "@grpc/grpc-js"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import Dns from "node:dns"
import * as NodeHttp from "node:http"
import * as NodeHttps from "node:https"
import * as PineconeLocal from "../src/PineconeLocal.js"
import * as certificates from "./utils/certificates.js"
import * as command from "./utils/command.js"
import { clientOf } from "./utils/pinecone.js"

const spec = { serverless: { cloud: "aws", region: "us-east-1" } } as const

const indexes = [{ name: "movies", dimension: 3, spec }, { name: "books", dimension: 2, spec }] as const

interface Answer {
  readonly status: number
  readonly json: { readonly [field: string]: any }
}

/** A request to the machine itself, whatever the host of its address: no system has to know the name. */
const ask = (method: string, url: string, body?: object, ca?: string): Effect.Effect<Answer, Error> =>
  Effect.async((resume) => {
    const { host, hostname, port, protocol, pathname } = new URL(url)
    const request = (protocol === "https:" ? NodeHttps : NodeHttp).request(
      {
        host: "127.0.0.1",
        port,
        path: pathname,
        method,
        agent: false,
        headers: { host, "content-type": "application/json" },
        ...(ca === undefined ? {} : { ca, servername: hostname })
      },
      (response) => {
        let text = ""
        response.setEncoding("utf8").on("data", (chunk: string) => {
          text += chunk
        })
        response.on(
          "end",
          () => resume(Effect.succeed({ status: response.statusCode!, json: text === "" ? {} : JSON.parse(text) }))
        )
      }
    )
    request.on("error", (error) => resume(Effect.fail(error))).end(
      body === undefined ? undefined : JSON.stringify(body)
    )
  })

const stats = Protocol.methods.describeIndexStats

/** The code of a call of gRPC, and the dimension that it tells. */
const call = (url: string, credentials = grpcJs.credentials.createInsecure(), options: grpcJs.ChannelOptions = {}) =>
  Effect.scoped(Effect.gen(function*() {
    const { host, port } = new URL(url)
    const client = yield* Effect.acquireRelease(
      Effect.sync(() =>
        new grpcJs.Client(`127.0.0.1:${port}`, credentials, {
          "grpc.default_authority": host,
          "grpc.use_local_subchannel_pool": 1,
          ...options
        })
      ),
      (client) => Effect.sync(() => client.close())
    )
    const [code, body] = yield* Effect.async<readonly [number, Buffer | undefined]>((resume) => {
      client.makeUnaryRequest<Buffer, Buffer>(
        stats.path,
        (bytes) => bytes,
        (bytes) => bytes,
        Buffer.alloc(0),
        (error, body) => {
          resume(Effect.succeed([error?.code ?? 0, body]))
        }
      )
    })
    return [code, body === undefined ? undefined : (yield* stats.decodeAnswer(body)).dimension] as const
  }))

const serve = (
  options: PineconeLocal.ServeOptions = {}
): Effect.Effect<PineconeLocal.Server, PineconeLocal.StartError, Scope.Scope> =>
  PineconeLocal.serve({ port: 0, onePort: true, indexes, ...options })

/** What `/etc/hosts` or a name server does elsewhere: names below `localhost` are this machine. */
const knowingNames = Effect.acquireRelease(
  Effect.sync(() => {
    const { lookup } = Dns
    const known = (name: string, options: Dns.LookupOptions, found: (...given: ReadonlyArray<unknown>) => void) => {
      if (!name.endsWith(".localhost")) Reflect.apply(lookup, Dns, [name, options, found])
      else if (options.all === true) found(null, [{ address: "127.0.0.1", family: 4 }])
      else found(null, "127.0.0.1", 4)
    }
    Object.assign(Dns, { lookup: known })
    return lookup
  }),
  (lookup) => Effect.sync(() => Object.assign(Dns, { lookup }))
)

const hostsOf = (url: string, ca?: string) =>
  Effect.map(
    ask("GET", `${url}/indexes`, undefined, ca),
    ({ json }): Record<string, string> =>
      Object.fromEntries(json["indexes"].map(({ host, name }: { host: string; name: string }) => [name, host]))
  )

describe("one port", () => {
  it.scopedLive("serves every index at a host of its own, over HTTP and gRPC", () =>
    Effect.gen(function*() {
      const { port, url } = yield* serve()
      const hosts = yield* hostsOf(url)
      assert.deepStrictEqual(hosts, {
        movies: `http://movies.localhost:${port}`,
        books: `http://books.localhost:${port}`
      })
      for (const [name, dimension] of [["movies", 3], ["books", 2]] as const) {
        const overHttp = yield* ask("POST", `${hosts[name]}/describe_index_stats`, {})
        assert.deepStrictEqual([overHttp.status, overHttp.json["dimension"]], [200, dimension])
        assert.deepStrictEqual(yield* call(hosts[name]!), [0, dimension])
        assert.deepStrictEqual((yield* ask("GET", `${hosts[name]}/ready`)).json, { ready: true })
      }
      // A name of a host is the same in any case.
      assert.strictEqual((yield* ask("GET", `http://localhost:${port}/indexes`)).status, 200)
      assert.deepStrictEqual(yield* call(`http://MOVIES.LocalHost:${port}`), [0, 3])
      // The control plane has no methods of gRPC, and an index none of the control plane.
      assert.strictEqual((yield* call(url))[0], 12)
      assert.strictEqual((yield* ask("GET", `${hosts.movies}/indexes`)).status, 404)
    }))

  it.scopedLive("knows an index from its creation to its end, and none before and after", () =>
    Effect.gen(function*() {
      const { port, url } = yield* serve()
      const late = `http://late.localhost:${port}`
      const unknown = Effect.gen(function*() {
        const overHttp = yield* ask("POST", `${late}/describe_index_stats`, {})
        assert.deepStrictEqual([overHttp.status, overHttp.json], [404, {
          code: 5,
          message: "Index late not found.",
          details: []
        }])
        assert.deepStrictEqual(yield* call(late), [5, undefined])
      })
      yield* unknown
      const made = yield* ask("POST", `${url}/indexes`, { name: "late", dimension: 5, spec })
      assert.deepStrictEqual([made.status, made.json["host"]], [201, late])
      assert.deepStrictEqual(yield* call(late), [0, 5])
      assert.strictEqual((yield* ask("DELETE", `${url}/indexes/late`)).status, 202)
      yield* unknown
      yield* ask("POST", `${url}/indexes`, { name: "late", dimension: 6, spec })
      assert.deepStrictEqual(yield* call(late), [0, 6])
    }))

  it.scopedLive("is below the public host, over TLS too", () =>
    Effect.gen(function*() {
      const authority = certificates.authority("The test's authority")
      const { cert, key } = certificates.server(authority, "pinecone.test", "*.pinecone.test")
      const { port, url } = yield* serve({ publicHost: "pinecone.test", tls: { cert, key: Redacted.make(key) } })
      assert.strictEqual(url, `https://pinecone.test:${port}`)
      const { movies } = yield* hostsOf(url, authority.cert)
      assert.strictEqual(movies, `https://movies.pinecone.test:${port}`)
      const overHttp = yield* ask("POST", `${movies}/describe_index_stats`, {}, authority.cert)
      assert.deepStrictEqual([overHttp.status, overHttp.json["dimension"]], [200, 3])
      const credentials = grpcJs.credentials.createSsl(Buffer.from(authority.cert))
      assert.deepStrictEqual(
        yield* call(movies!, credentials, { "grpc.ssl_target_name_override": "movies.pinecone.test" }),
        [0, 3]
      )
    }))

  it.scopedLive("keeps its data when indexes get ports of their own, and back", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const data = yield* fs.makeTempDirectoryScoped({ prefix: "one-port-" })
      const own = yield* Effect.scoped(Effect.flatMap(serve({ data, onePort: false }), ({ url }) => hostsOf(url)))
      const shared = yield* Effect.scoped(Effect.flatMap(serve({ data }), ({ url }) => hostsOf(url)))
      assert.match(shared.movies!, /^http:\/\/movies\.localhost:\d+$/)
      assert.deepStrictEqual(
        yield* Effect.scoped(Effect.flatMap(serve({ data, onePort: false }), ({ url }) => hostsOf(url))),
        own
      )
    }).pipe(Effect.provide(NodeContext.layer)))

  it.scopedLive("the clients of this project work where their machine knows the names, over HTTP and gRPC", () =>
    Effect.gen(function*() {
      const { url } = yield* serve()
      yield* knowingNames
      const client = clientOf(url)
      const overGrpc = Layer.provide(PineconeGrpc.layer(), client)
      for (const layer of [client, overGrpc]) {
        const found = yield* Effect.gen(function*() {
          const movies = yield* VectorIndex.make({ name: "movies" })
          yield* movies.upsert([{ id: "a", values: [1, 2, 3] }])
          return yield* movies.describeIndexStats()
        }).pipe(Effect.provide(layer))
        assert.strictEqual(found.totalVectorCount, 1)
      }
    }))

  it.scopedLive("the command has it with a flag", () =>
    Effect.gen(function*() {
      const server = yield* command.run("--port", "0", "--one-port", "--index", "name=movies,dimension=3")
      const url = yield* server.url
      const { movies } = yield* hostsOf(url)
      assert.strictEqual(movies, `http://movies.localhost:${new URL(url).port}`)
      assert.deepStrictEqual(yield* call(movies!), [0, 3])
    }))
})
