/**
 * Random requests over real sockets, right ones and wrong ones, of every route: nothing of it makes the server fail, hang
 * or keep what it was sent. `pnpm fuzz` runs many more; `FUZZ_REQUESTS` and `FUZZ_SEED` say how many and which.
 *
 * The server is a process of its own, with `--expose-gc`: its memory is what its heap and the buffers beside it hold after a
 * collection, once the first requests have loaded what it loads once, and again at the end.
 */
import { assert, describe, it } from "@effect/vitest"
import { fork } from "node:child_process"
import { once } from "node:events"
import * as NodeHttp from "node:http"
import * as NodeHttp2 from "node:http2"
import * as Net from "node:net"
import { fileURLToPath } from "node:url"
import type { HttpRequest } from "./requests.js"
import * as requests from "./requests.js"
import { key, secret, source } from "./values.js"

const total = Number(process.env["FUZZ_REQUESTS"] ?? 20_000)
const seed = Number(process.env["FUZZ_SEED"] ?? 1)
/** Nothing may take longer, in milliseconds. */
const patience = Number(process.env["FUZZ_PATIENCE"] ?? 10_000)
const atATime = 16
const mebibyte = 2 ** 20

const started = async () => {
  const child = fork(fileURLToPath(new URL("./server.ts", import.meta.url)), {
    execArgv: ["--expose-gc", "--import", "tsx"],
    stdio: ["ignore", "pipe", "pipe", "ipc"]
  })
  let log = ""
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      log = (log + text).slice(-20_000)
    })
  }
  let hasEnded = false
  child.once("exit", () => {
    hasEnded = true
  })
  const told = async <K extends string, A>(name: K): Promise<A> => {
    const [message] = (await Promise.race([
      once(child, "message"),
      once(child, "exit").then(() => assert.fail(`the server has ended: ${log}`))
    ])) as [Record<K, A>]
    return message[name]
  }
  return {
    url: await told<"url", string>("url"),
    /** The bytes in use. */
    memory: async () => {
      const answer = told<"memory", number>("memory")
      child.send("memory")
      return await answer
    },
    hasEnded: () => hasEnded,
    log: () => log,
    kill: () => child.kill("SIGKILL")
  }
}

interface Answered {
  readonly status: number
  readonly type: string
  readonly text: string
}

/** The answer to a request, or nothing where the connection was ended without one. */
const send = (agent: NodeHttp.Agent, base: string, { body, headers, method, path }: Omit<HttpRequest, "route">) =>
  new Promise<Answered | undefined>((resolve, reject) => {
    const { hostname, port } = new URL(base)
    const late = setTimeout(() => reject(new Error("no answer")), patience)
    const done = (answer: Answered | undefined) => {
      clearTimeout(late)
      resolve(answer)
    }
    const request = NodeHttp.request({
      agent,
      hostname,
      port,
      method,
      path,
      headers: body === undefined ? headers : { ...headers, "content-length": body.length }
    })
    request.on("error", () => done(undefined))
    request.on("response", (response) => {
      const chunks: Array<Buffer> = []
      response.on("data", (chunk: Buffer) => chunks.push(chunk))
      response.on("error", () => done(undefined))
      response.on("end", () =>
        done({
          status: response.statusCode!,
          type: response.headers["content-type"] ?? "",
          text: Buffer.concat(chunks).toString()
        }))
    })
    request.end(body)
  })

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null

/** Whether it is an error in the form of one of the planes. */
const isError = (status: number, value: unknown): boolean => {
  if (!isRecord(value)) return false
  const { error } = value
  return value["status"] === status && isRecord(error) && typeof error["code"] === "string" &&
      typeof error["message"] === "string" ||
    typeof value["code"] === "number" && typeof value["message"] === "string" && Array.isArray(value["details"]) ||
    typeof error === "string" && typeof value["error_description"] === "string"
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** What is wrong with an answer. */
const fault = (method: string, { status, text }: Answered): string | undefined => {
  if (status >= 500 && status !== 501 && status !== 503) return `the status ${status}: ${text.slice(0, 300)}`
  if (status < 400 || method === "HEAD") return undefined
  // Since 2026-07 who is not let in is told so in a text.
  if (status === 401 && (text === "Unauthorized" || text === "Invalid API key")) return undefined
  return isError(status, parsed(text)) ? undefined : `${status}, which is no error of ours: ${text.slice(0, 300)}`
}

/** Writes bytes to a port, and gives what came until the other side ended it or had been silent for a moment. */
const raw = (base: string, bytes: Buffer) =>
  new Promise<string>((resolve, reject) => {
    const { hostname, port } = new URL(base)
    const socket = Net.connect({ host: hostname, port: Number(port) })
    let received = Buffer.alloc(0)
    // A connection of HTTP/2 that was begun is asked for signs of life, more seldom than there is patience here.
    const isHttp2 = bytes.toString("latin1").startsWith("PRI * HTTP/2.0")
    const late = setTimeout(() => {
      socket.destroy()
      if (isHttp2) resolve("")
      else reject(new Error("the connection stays open"))
    }, isHttp2 ? 500 : patience)
    socket.on("data", (chunk) => {
      received = Buffer.concat([received, chunk])
    })
    socket.on("error", () => {})
    socket.on("close", () => {
      clearTimeout(late)
      resolve(received.toString("latin1"))
    })
    // Both sides are at their end then: the server has to end its own.
    socket.end(bytes)
  })

const rawFault = (answer: string): string | undefined => {
  if (/^HTTP\/1\.1 5(?!01|03)\d\d /m.test(answer)) return answer.slice(0, 400)
  const [head = "", body = ""] = answer.split("\r\n\r\n")
  const status = /^HTTP\/1\.1 (4\d\d) /.exec(head)?.[1]
  return status === undefined || isError(Number(status), parsed(body.split(/HTTP\/1\.1 \d\d\d /)[0]!))
    ? undefined
    : `${status}, which is no error of ours: ${answer.slice(0, 300)}`
}

const called = (session: NodeHttp2.ClientHttp2Session, { body, headers, path }: requests.GrpcCall) =>
  new Promise<string | undefined>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error("no answer to a call")), patience)
    const stream = session.request({ ":method": "POST", ":path": path, ...headers })
    let told: string | undefined
    const take = (received: NodeHttp2.IncomingHttpHeaders) => {
      if (received["grpc-status"] === undefined) return
      const message = decodeURI(String(received["grpc-message"] ?? ""))
      told = message === "Internal server error" || received["grpc-status"] === "2" ? `${path}: ${message}` : undefined
    }
    stream.on("response", take).on("trailers", take).on("error", () => {}).resume()
    stream.on("close", () => {
      clearTimeout(late)
      resolve(told)
    })
    stream.end(body)
  })

describe("random requests", () => {
  it(`do no harm: ${total} of the seed ${seed}`, { timeout: 180_000 + total * 20 }, async () => {
    const server = await started()
    const agent = new NodeHttp.Agent({ keepAlive: true, maxSockets: atATime })
    try {
      const random = source(seed)
      const faults: Array<string> = []
      const json = { "api-key": key, "content-type": "application/json" }
      const ask = (base: string, method: string, path: string, body?: object, headers: object = json) =>
        send(agent, base, {
          method,
          path,
          headers: headers as Readonly<Record<string, string>>,
          body: body === undefined ? undefined : Buffer.from(JSON.stringify(body))
        })
      const spec = { serverless: { cloud: "aws", region: "us-east-1" } }
      let host = ""
      let documentHost = ""
      let token = ""
      let session: NodeHttp2.ClientHttp2Session | undefined

      /** Makes what the requests are about, and takes away what they made. */
      const prepare = async () => {
        const listed = parsed((await ask(server.url, "GET", "/indexes"))!.text) as {
          readonly indexes: ReadonlyArray<{ readonly name: string; readonly deletion_protection: string }>
        }
        for (const { name, deletion_protection } of listed.indexes) {
          if (deletion_protection === "enabled") {
            await ask(server.url, "PATCH", `/indexes/${name}`, { deletion_protection: "disabled" })
          }
          await ask(server.url, "DELETE", `/indexes/${name}`)
        }
        const made = await ask(server.url, "POST", "/indexes", {
          name: "fuzz",
          dimension: 3,
          metric: "dotproduct",
          spec
        })
        assert.strictEqual(made?.status, 201, made?.text)
        host = (parsed(made!.text) as { readonly host: string }).host
        const ofDocuments = await ask(server.url, "POST", "/indexes", {
          name: "fuzz-documents",
          schema: {
            fields: {
              title: { type: "string", full_text_search: {} },
              body: { type: "string", full_text_search: { language: "en", stemming: true } },
              vector: { type: "dense_vector", dimension: 3, metric: "cosine" },
              words: { type: "sparse_vector" }
            }
          }
        }, { ...json, "x-pinecone-api-version": "2026-07" })
        assert.strictEqual(ofDocuments?.status, 201, ofDocuments?.text)
        documentHost = (parsed(ofDocuments!.text) as { readonly host: string }).host
        await ask(server.url, "POST", "/assistant/assistants", { name: "fuzz" })
        const login = { client_id: "fuzz", client_secret: secret, grant_type: "client_credentials" }
        const given = await ask(server.url, "POST", "/oauth/token", { ...login, audience: "https://api.pinecone.io/" })
        token = (parsed(given!.text) as { readonly access_token: string }).access_token
        session?.destroy()
        session = NodeHttp2.connect(host).on("error", () => {})
      }

      const one = async (i: number) => {
        const kind = random.below(20)
        if (kind === 0) {
          const base = random.pick([host, server.url])
          const bytes = requests.rawBytes(random, new URL(base).host)
          const found = rawFault(await raw(base, bytes))
          if (found !== undefined) faults.push(`${i}: ${bytes.toString("latin1").slice(0, 300)}: ${found}`)
        } else if (kind < 5) {
          const call = requests.grpcCall(random)
          if (session!.closed || session!.destroyed) session = NodeHttp2.connect(host).on("error", () => {})
          const found = await called(session!, call)
          if (found !== undefined) faults.push(`${i}: gRPC ${found}`)
        } else {
          const request = requests.request(random, requests.routes[i % requests.routes.length]!, token)
          const { route } = request
          const base = requests.isOfDocuments(route) ? documentHost : route.isOfIndex ? host : server.url
          const answer = await send(agent, base, request)
          const found = answer === undefined ? undefined : fault(request.method, answer)
          if (found !== undefined) {
            const body = request.body?.toString().slice(0, 300) ?? ""
            faults.push(
              `${i}: ${request.method} ${request.path.slice(0, 200)} ${
                JSON.stringify(request.headers).slice(0, 300)
              } ${body}: ${found}`
            )
          }
        }
      }

      let before = 0
      const round = 500
      for (let first = 0; first < total; first += round) {
        await prepare()
        let next = first
        const worker = async () => {
          while (next < Math.min(first + round, total)) {
            const i = next++
            await one(i).catch((error: unknown) => faults.push(`${i}: ${String(error)}`))
          }
        }
        await Promise.all(Array.from({ length: atATime }, worker))
        assert.isFalse(server.hasEnded(), server.log())
        // The first rounds load models, and what Node compiles.
        if (before === 0 && first + round >= Math.min(total / 5, 20_000)) before = await server.memory()
      }
      session?.destroy()
      await prepare()
      session!.destroy()
      const after = await server.memory()
      if (process.env["FUZZ_REQUESTS"] !== undefined) {
        console.log(
          `${process.cpuUsage().user / 1e6} s here; memory: ${(before / mebibyte).toFixed(1)} MiB before, ${
            (after / mebibyte).toFixed(1)
          } MiB after`
        )
      }
      assert.deepStrictEqual(faults.slice(0, 20), [], `${faults.length} faults; ${server.log().slice(-3000)}`)
      assert.isBelow(after, before * 1.3 + 32 * mebibyte)
      assert.strictEqual((await ask(server.url, "GET", "/indexes"))?.status, 200)
    } finally {
      agent.destroy()
      server.kill()
    }
  })
})
