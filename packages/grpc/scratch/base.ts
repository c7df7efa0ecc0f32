import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import * as Net from "node:net"
import * as Http2 from "node:http2"
import * as GrpcJs from "../src/GrpcJs.js"

const counts = () => process.getActiveResourcesInfo().reduce<Record<string, number>>((a, n) => ({ ...a, [n]: (a[n] ?? 0) + 1 }), {})
const call = (port: number, timeout = 300, scheme = "http") => ({ host: `${scheme}://127.0.0.1:${port}`, path: "/VectorService/Fetch", body: new Uint8Array(0), headers: { "api-key": "k", "user-agent": "me/1" }, timeout })
const listen = (s: Net.Server | Http2.Http2Server, port = 0) => new Promise<number>((r) => s.listen(port, "127.0.0.1", () => r((s.address() as Net.AddressInfo).port)))
const h2 = () => {
  const s = Http2.createServer()
  s.on("stream", (stream, headers) => {
    stream.on("error", () => {})
    stream.resume()
    stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true })
    stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0", "x-ua": headers["user-agent"] }))
    stream.end(Buffer.alloc(5))
  })
  return s
}
const main = async () => {
  console.log("start", counts())
  for (const scheme of ["http", "https"]) {
    const open = new Set<Net.Socket>()
    const silent = Net.createServer((s) => { open.add(s); s.on("error", () => {}); s.on("close", () => open.delete(s)); s.resume() })
    const port = await listen(silent)
    const scope = Effect.runSync(Scope.make())
    const service = Effect.runSync(Scope.extend(GrpcJs.make(), scope))
    const r = await Effect.runPromise(Effect.either(service.unary(call(port, 200, scheme))))
    console.log(scheme, "silent:", r._tag === "Left" ? [r.left.code, r.left.message] : r)
    await Effect.runPromise(Scope.close(scope, Exit.void))
    await new Promise((r) => setTimeout(r, 200))
    console.log("after close: server sees", open.size, counts())
    for (const s of open) s.destroy()
    silent.close()
    await new Promise((r) => setTimeout(r, 100))
  }
  for (const downFor of [500, 1500, 3000]) {
    const probe = Net.createServer(); const port = await listen(probe); await new Promise((r) => probe.close(r))
    const scope = Effect.runSync(Scope.make())
    const service = Effect.runSync(Scope.extend(GrpcJs.make(), scope))
    const s = h2()
    const t0 = Date.now()
    const up = new Promise<number>((r) => setTimeout(() => { void listen(s, port).then(() => r(Date.now())) }, downFor))
    let attempts = 0
    const until = async () => { for (;;) { attempts++; const r = await Effect.runPromise(Effect.either(service.unary(call(port, 5000)))); if (r._tag === "Right") return r.right; await new Promise((r) => setTimeout(r, 20)) } }
    const reply = await until()
    console.log("down for", downFor, "reached after it was up:", Date.now() - (await up), "ms; attempts", attempts, reply.headers["x-ua"])
    await Effect.runPromise(Scope.close(scope, Exit.void))
    s.close(); void t0
  }
}
void main()
