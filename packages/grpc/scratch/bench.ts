import * as grpc from "@grpc/grpc-js"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { fork } from "node:child_process"
import * as GrpcJs from "../src/GrpcJs.js"
import * as Protocol from "../src/Protocol.js"
const child = fork(new URL("./server.ts", import.meta.url), { execArgv: ["--import", "tsx"] })
const port = await new Promise<number>((r) => child.once("message", (p) => r(p as number)))
const body = Buffer.from(Protocol.methods.query.encodeRequest({ topK: 10, vector: new Float32Array(1536).fill(0.1), includeMetadata: true } as never))
const headers = Object.freeze({ "api-key": "k", "user-agent": "me/1", "x-pinecone-api-version": "2026-04" })
const client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure(), { "grpc.enable_channelz": 0, "grpc.enable_retries": 0, "grpc-node.flow_control_window": 8 * 1024 * 1024 })
const md = new grpc.Metadata(); for (const [k, v] of Object.entries(headers)) md.set(k, v)
const same = (b: Buffer) => b
const old = () => new Promise<Buffer>((resolve) => {
  let answer: Buffer | undefined; let initial
  const call = client.makeUnaryRequest("/VectorService/Query", same, same, body, md.clone(), { deadline: Date.now() + 30000 }, (_, a) => { answer = a })
  call.on("metadata", (m: unknown) => { initial = m }); call.on("status", () => { void initial; resolve(answer!) })
})
const channel = client.getChannel()
const low = () => new Promise<Buffer>((resolve) => {
  let answer: Buffer | undefined
  const call = channel.createCall("/VectorService/Query", Date.now() + 30000, undefined, null, undefined)
  call.start(md, { onReceiveMetadata: () => {}, onReceiveMessage: (m: Buffer) => { answer = m; call.startRead() }, onReceiveStatus: () => resolve(answer!) })
  call.startRead(); call.sendMessageWithContext({}, body); call.halfClose()
})
const scope = Effect.runSync(Scope.make())
const service = Effect.runSync(Scope.extend(GrpcJs.make(), scope))
const request = { host: `http://127.0.0.1:${port}`, path: "/VectorService/Query", body, headers, timeout: 30000 }
const effect = Effect.map(service.unary(request), (r) => r.body)
const run = async (f: () => Promise<Buffer>, n: number) => {
  let left = n
  const worker = async () => { while (left-- > 0) await f() }
  const c0 = process.cpuUsage(); const t0 = performance.now()
  await Promise.all(Array.from({ length: 50 }, worker))
  const c = process.cpuUsage(c0)
  return { us: (c.user + c.system) / n, wall: (performance.now() - t0) * 1000 / n }
}
const kinds = { old, low, effect: () => Effect.runPromise(effect) }
const all: Record<string, Array<{ us: number; wall: number }>> = { old: [], low: [], effect: [] }
const forkRun = async (n: number) => {
  const c0 = process.cpuUsage(); const t0 = performance.now()
  await Effect.runPromise(Effect.forEach(Array.from({ length: n }), () => effect, { concurrency: 50, discard: true }))
  const c = process.cpuUsage(c0)
  return { us: (c.user + c.system) / n, wall: (performance.now() - t0) * 1000 / n }
}
all.fiber = []
for (let i = 0; i < 7; i++) for (const [k, f] of Object.entries(kinds)) { const r = await run(f, 3000); if (i > 1) all[k]!.push(r); if (k === "effect") all.fiber!.push(await forkRun(3000)) }
for (const [k, rs] of Object.entries(all)) { const med = (x: Array<number>) => x.sort((a, b) => a - b)[x.length >> 1]!.toFixed(0); console.log(k, "cpu us/call", med(rs.map((r) => r.us)), "wall us/call", med(rs.map((r) => r.wall))) }
child.kill(); client.close(); await Effect.runPromise(Scope.close(scope, Exit.void))
