/** The server as a process of its own: its memory can be looked at, and its end is not the end of the test. */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as PineconeLocal from "../../src/PineconeLocal.js"
import { key, secret } from "./values.js"

/** What is still in use, in bytes, of the heap and beside it. */
const inUse = async () => {
  for (let i = 0; i < 3; i++) {
    await new Promise((resolve) => setTimeout(resolve, 50))
    globalThis.gc!()
  }
  const { external, heapUsed } = process.memoryUsage()
  return heapUsed + external
}

const main = Effect.gen(function*() {
  const { url } = yield* PineconeLocal.serve({
    port: 0,
    apiKeys: [Redacted.make(key)],
    admin: { clientId: "fuzz", clientSecret: Redacted.make(secret) },
    models: { standIns: true }
  })
  process.on(
    "message",
    () => void inUse().then((bytes) => process.send!({ memory: bytes, seconds: process.cpuUsage().user / 1e6 }))
  )
  process.send!({ url })
  return yield* Effect.never
}).pipe(Effect.scoped)

process.on("disconnect", () => process.exit())
void Effect.runPromise(main)
