/**
 * Load on the embedded server, in a process of its own: plain requests, so that hardly anything but the server takes part,
 * and a look at it every 20 ms.
 */
import { execFileSync } from "node:child_process"
import { once } from "node:events"
import * as Fs from "node:fs"
import * as Http from "node:http"
import * as Net from "node:net"
import * as Path from "node:path"
import { setTimeout } from "node:timers/promises"
import { serve } from "./side.js"
import { idOf, vectorOf } from "./vectors.js"

const agent = new Http.Agent({ keepAlive: true })

const send = (method: string, url: string, body?: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const headers = { "api-key": "none", "x-pinecone-api-version": "2026-04", "content-type": "application/json" }
    const request = Http.request(url, { method, agent, headers }, (response) => {
      let text = ""
      response.setEncoding("utf8")
      response.on("data", (chunk: string) => {
        text += chunk
      })
      response.on("end", () => {
        if (response.statusCode !== undefined && response.statusCode < 300) resolve(text)
        else reject(new Error(`${method} ${url}: ${response.statusCode} ${text.slice(0, 300)}`))
      })
    })
    request.on("error", (error: NodeJS.ErrnoException) => {
      // The server has closed a connection that was idle in the moment in which it was used again.
      if (request.reusedSocket && error.code === "ECONNRESET") resolve(send(method, url, body))
      else reject(error)
    })
    request.end(body)
  })

/**
 * A connection that sends a request and then the next one. Node's client takes as much processor time for a small request as
 * the server, on the same machine.
 */
class Line {
  private text = ""
  private waiting: { readonly resolve: () => void; readonly reject: (error: Error) => void } | undefined

  private constructor(private readonly socket: Net.Socket, private readonly host: string) {
    socket.setNoDelay(true)
    socket.setEncoding("latin1")
    socket.on("data", (chunk: string) => this.take(chunk))
    socket.on("error", (error) => this.waiting?.reject(error))
    socket.on("close", () => this.waiting?.reject(new Error(`${host} has closed a connection`)))
  }

  static async open(url: string): Promise<Line> {
    const { host, hostname, port } = new URL(url)
    const socket = Net.connect(Number(port), hostname)
    await once(socket, "connect")
    return new Line(socket, host)
  }

  /** One answer is on its way at a time. */
  private take(chunk: string): void {
    this.text += chunk
    const head = this.text.indexOf("\r\n\r\n")
    if (head === -1) return
    const length = Number(/\r\ncontent-length: *(\d+)/i.exec(this.text.slice(0, head + 2))?.[1] ?? NaN)
    if (!(this.text.length >= head + 4 + length)) return
    const { text, waiting } = this
    this.text = ""
    this.waiting = undefined
    if (text.startsWith("HTTP/1.1 200 ")) waiting?.resolve()
    else waiting?.reject(new Error(`${this.host}: ${text.slice(0, 500)}`))
  }

  post(path: string, body: string): Promise<void> {
    this.socket.write(
      `POST ${path} HTTP/1.1\r\nhost: ${this.host}\r\napi-key: none\r\nx-pinecone-api-version: 2026-04\r\n` +
        `content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
      "latin1"
    )
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject }
    })
  }

  end(): void {
    this.socket.destroy()
  }
}

const queryBody = (namespace: string, seed: number, dimension: number, filter?: unknown): string =>
  JSON.stringify({ namespace, topK: 10, vector: Array.from(vectorOf(seed, dimension)), filter })

/** What is looked at, and how long each look took, from when it was due. */
interface Probe {
  readonly times: Array<number>
  readonly end: () => Promise<void>
  /** How late the latest look at the clock was, every 5 ms: longer than a moment it is the machine that has stood still. */
  readonly late: () => number
}

const probing = (looks: ReadonlyArray<() => Promise<unknown>>): Probe => {
  const times: Array<number> = []
  const open = new Set<Promise<void>>()
  let next = performance.now()
  let failed: unknown
  let ended = false
  let late = 0
  let looked = performance.now()
  const clock = setInterval(() => {
    const now = performance.now()
    late = Math.max(late, now - looked - 5)
    looked = now
  }, 5)
  const running = (async () => {
    for (let i = 0; !ended; i++) {
      await setTimeout(Math.max(0, next - performance.now()))
      const due = next
      next += 20
      const look: Promise<void> = looks[i % looks.length]!().then(
        () => void times.push(performance.now() - due),
        (error: unknown) => {
          failed ??= error
        }
      ).finally(() => open.delete(look))
      open.add(look)
    }
  })()
  return {
    times,
    late: () => late,
    end: async () => {
      clearInterval(clock)
      ended = true
      await running
      await Promise.all(open)
      if (failed !== undefined) throw failed
    }
  }
}

const quantile = (sorted: ReadonlyArray<number>, share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!

let probe: Probe | undefined

const filesIn = (folder: string): ReadonlyArray<string> =>
  Fs.readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => Path.join(folder, name))
    .filter((file) => Fs.statSync(file).isFile())

export const answers = serve({
  /** One request, and its milliseconds. */
  call: async (
    { body, method, url }: { readonly method: string; readonly url: string; readonly body?: unknown }
  ) => {
    const start = performance.now()
    const text = await send(method, url, body === undefined ? undefined : JSON.stringify(body))
    return { milliseconds: performance.now() - start, answer: text === "" ? undefined : JSON.parse(text) as unknown }
  },

  /** The best 10 of a namespace, and the milliseconds of the query. */
  query: async (
    { dimension, filter, host, namespace }: {
      readonly host: string
      readonly namespace: string
      readonly dimension: number
      readonly filter?: unknown
    }
  ) => {
    const start = performance.now()
    const { matches } = JSON.parse(await send("POST", `${host}/query`, queryBody(namespace, 1, dimension, filter))) as {
      readonly matches: ReadonlyArray<unknown>
    }
    if (matches.length !== 10) throw new Error(`${matches.length} matches instead of 10`)
    return performance.now() - start
  },

  /** Begins to look: at the list of indexes, and at the best 10 of a small index. */
  startProbe: ({ control, dimension, host, namespace }: {
    readonly control: string
    readonly host: string
    readonly namespace: string
    readonly dimension: number
  }) => {
    const body = queryBody(namespace, 3, dimension)
    probe = probing([() => send("GET", `${control}/indexes`), () => send("POST", `${host}/query`, body)])
  },

  /** Ends it: how long the looks took. */
  endProbe: async () => {
    const { end, late, times } = probe!
    // As many as an operation that is over at once has had no time for.
    while (times.length < 25) await setTimeout(20)
    await end()
    const sorted = times.sort((a, b) => a - b)
    return {
      looks: sorted.length,
      p50: quantile(sorted, 0.5),
      p99: quantile(sorted, 0.99),
      max: sorted.at(-1)!,
      late: late()
    }
  },

  /** Queries or writes on so many connections, one after another on each: how many a second, and how many there were. */
  loop: async ({ connections, dimension, host, kind, namespace, records, seconds }: {
    readonly kind: "query" | "upsert"
    readonly host: string
    readonly namespace: string
    readonly connections: number
    readonly records: number
    readonly dimension: number
    readonly seconds: number
  }) => {
    const values = Array.from({ length: 50 }, (_, i) => Array.from(vectorOf(i, dimension)))
    const queries = values.map((_, i) => queryBody(namespace, i, dimension))
    // Written once: the numbers are most of a body, and writing them would be most of what this process does.
    const texts = values.map((numbers) => JSON.stringify(numbers))
    const bodyOf = (i: number): string =>
      kind === "query"
        ? queries[i % queries.length]!
        : `{"namespace":${JSON.stringify(namespace)},"vectors":[{"id":${JSON.stringify(idOf(i % records))},"values":${
          texts[i % texts.length]
        }}]}`
    let done = 0
    let next = 0
    let end = Infinity
    const one = async () => {
      const line = await Line.open(host)
      while (performance.now() < end) {
        await line.post(kind === "query" ? "/query" : "/vectors/upsert", bodyOf(next++))
        done++
      }
      line.end()
    }
    const running = Promise.all(Array.from({ length: connections }, one))
    // What is done before this is to warm up.
    await setTimeout(500)
    const before = done
    const start = performance.now()
    await setTimeout(seconds * 1000)
    const perSecond = (done - before) / (performance.now() - start) * 1000
    end = 0
    await running
    return { perSecond, all: done }
  },

  /**
   * Reads the vectors of a folder into memory that is kept, as whoever is to search them has to: how many bytes, and the
   * milliseconds.
   */
  readVectors: (folder: string) => {
    const start = performance.now()
    const kept: Array<Buffer> = []
    for (const file of filesIn(folder).filter((file) => file.endsWith(".vectors"))) {
      const { size } = Fs.statSync(file)
      const descriptor = Fs.openSync(file, "r")
      for (let at = 0; at < size; at += kept.at(-1)!.length) {
        const piece = Buffer.allocUnsafeSlow(Math.min(2 ** 20, size - at))
        Fs.readSync(descriptor, piece, 0, piece.length, at)
        kept.push(piece)
      }
      Fs.closeSync(descriptor)
    }
    return {
      milliseconds: performance.now() - start,
      bytes: kept.reduce((sum, { length }) => sum + length, 0)
    }
  },

  /** Waits until the server has written the file of the vectors of a large namespace. */
  vectorsWritten: async (folder: string) => {
    const names = () => filesIn(folder).filter((file) => /\.vectors(\.new)?$/.test(file))
    while (names().length === 0 || names().some((name) => name.endsWith(".new"))) await setTimeout(100)
  },

  /** Has the system forget what it has read of a folder; whether it can be asked to. */
  forgetFiles: (folder: string) => {
    try {
      for (const file of filesIn(folder)) {
        execFileSync("dd", [`if=${file}`, "iflag=nocache", "count=0", "status=none"], { stdio: "ignore" })
      }
      return true
    } catch {
      return false
    }
  }
})
