/**
 * What the program is run against: an embedded server that takes one key, servers that never answer, and a site with a page.
 * It says where they are in one line of JSON, and ends when its input does.
 */
import * as PineconeLocal from "@effect-pinecone/local/PineconeLocal"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Fs from "node:fs"
import * as Http from "node:http"
import * as Http2 from "node:http2"
import type * as Net from "node:net"

const listening = <S extends Net.Server>(server: S): Effect.Effect<string> =>
  Effect.async((resume) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      resume(Effect.succeed(`http://127.0.0.1:${typeof address === "object" ? address?.port : address}`))
    })
  })

/** How many requests have come to the silent servers, and how many of them were aborted. */
const requests = { come: 0, aborted: 0 }

const closed = () => {
  requests.aborted++
}

const cors = {
  "access-control-allow-origin": "*",
  "access-control-allow-headers": "*",
  "access-control-allow-methods": "*"
}

const silent = Http.createServer((request, response) => {
  if (request.method === "OPTIONS") return void response.writeHead(204, cors).end()
  if (request.url === "/requests") {
    return void response.writeHead(200, { ...cors, "content-type": "application/json" }).end(JSON.stringify(requests))
  }
  requests.come++
  response.once("close", closed)
})

const silentGrpc = Http2.createServer()
silentGrpc.on("stream", (stream) => {
  requests.come++
  stream.once("close", closed)
  stream.on("error", () => {})
  stream.resume()
})

/** A page, and the program that it runs: the file that was named. */
const site = Http.createServer((request, response) => {
  const [file] = process.argv.slice(2)
  if (request.url === "/program.js" && file !== undefined) {
    return void response.writeHead(200, { "content-type": "text/javascript" }).end(Fs.readFileSync(file))
  }
  response.writeHead(200, { "content-type": "text/html" })
    .end("<!doctype html><title>effect-pinecone</title><script type=\"module\" src=\"/program.js\"></script>")
})

const key = "runtimes"

const main = Effect.gen(function*() {
  const page = yield* listening(site)
  const { url } = yield* PineconeLocal.serve({ port: 0, apiKeys: [Redacted.make(key)], cors: [page] })
  // A port that was free a moment ago: nobody listens there.
  const gone = Http.createServer()
  const nobody = yield* listening(gone)
  yield* Effect.async<void>((resume) => void gone.close(() => resume(Effect.void)))
  const place = { server: url, key, silent: yield* listening(silent), silentGrpc: yield* listening(silentGrpc), nobody }
  yield* Console.log(JSON.stringify({ page, place }))
  yield* Effect.async<void>((resume) => {
    process.stdin.resume().once("end", () => resume(Effect.void))
  })
})

Effect.runPromise(Effect.scoped(main)).then(() => process.exit(0), (error) => {
  console.error(error)
  process.exit(1)
})
