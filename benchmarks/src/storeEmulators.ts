/** The emulators of object stores in a process of their own: it prints their addresses, and ends with its input. */
import * as Effect from "effect/Effect"
import * as emulators from "../../packages/stores/test/utils/emulators.js"

const ended = Effect.async<void>((resume) => {
  process.stdin.on("end", () => resume(Effect.void)).resume()
})

const program = Effect.gen(function*() {
  const s3 = yield* emulators.startS3rver(["bucket"])
  const azure = yield* emulators.startAzurite
  yield* emulators.makeContainer({ url: azure })
  console.log(JSON.stringify({ s3, azure }))
  yield* ended
})

await Effect.runPromise(Effect.scoped(program))
process.exit(0)
