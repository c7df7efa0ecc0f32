/**
 * The same of all stores: over real sockets, against emulators.
 */
import { assert, layer } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import type { ObjectStoreError } from "../src/ObjectStoreError.js"
import * as Stores from "../src/Stores.js"
import type { Emulator } from "./utils/emulators.js"
import * as emulators from "./utils/emulators.js"

class Emulators extends Context.Tag("Emulators")<Emulators, Readonly<Record<string, Emulator>>>() {}

const started = Layer.scoped(
  Emulators,
  Effect.gen(function*() {
    const s3 = yield* emulators.s3
    const gcs = yield* emulators.gcs
    const azure = yield* emulators.azure
    return {
      s3,
      "gs by an HMAC key": gcs.hmac,
      "gs by a service account": gcs.serviceAccount,
      "azure by a shared key": azure.shared,
      "azure by a shared access signature": azure.sas
    }
  })
)

const names = [
  "s3",
  "gs by an HMAC key",
  "gs by a service account",
  "azure by a shared key",
  "azure by a shared access signature"
]

const bytesOf = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (i * 7 + (i >> 8)) % 251)

const flipped = <A, R>(effect: Effect.Effect<A, ObjectStoreError, R>) =>
  Effect.orDieWith(Effect.flip(effect), () => "it did not fail")

const mebibyte = 1024 * 1024

layer(started, { excludeTestServices: true })("a store", (it) => {
  const using = <A, E>(
    name: string,
    run: (emulator: Emulator) => Effect.Effect<A, E>,
    more?: Stores.Options
  ) =>
    Effect.gen(function*() {
      const emulator = (yield* Emulators)[name]!
      emulator.gate.instead = () => undefined
      return yield* Effect.provide(run(emulator), emulators.layerOf(emulator, more))
    })

  for (const name of names) {
    it.effect(`${name}: gives back what was written, by ranges`, () =>
      using(name, ({ uri }) =>
        Effect.gen(function*() {
          const { key, store } = yield* Stores.open(`${uri}objects/a b+c/é!'()*&=.bin`)
          const bytes = bytesOf(10_000)
          yield* store.write(key, bytes)
          const { size, version } = yield* store.stat(key)
          assert.strictEqual(size, 10_000)
          assert.deepStrictEqual(yield* store.read(key, { offset: 9_000, length: 1_000, version }), bytes.slice(9_000))
          assert.deepStrictEqual(yield* store.read(key, { offset: 0, length: 3 }), bytes.slice(0, 3))
          assert.strictEqual((yield* flipped(store.read(key, { offset: 9_999, length: 2 }))).reason, "Refused")
          yield* store.write(key, Stream.make(bytes.slice(0, 5)))
          assert.strictEqual((yield* store.stat(key)).size, 5)
          assert.strictEqual((yield* flipped(store.read(key, { offset: 0, length: 3, version }))).reason, "Changed")
          yield* store.remove(key)
          yield* store.remove(key)
          assert.strictEqual((yield* flipped(store.stat(key))).reason, "NotFound")
          assert.strictEqual((yield* flipped(store.read(key, { offset: 0, length: 1 }))).reason, "NotFound")
        })))

    it.effect(`${name}: lists a prefix, in pages`, () =>
      using(name, ({ uri }) =>
        Effect.gen(function*() {
          const { key, store } = yield* Stores.open(`${uri}list/`)
          const keys = ["a/1", "a/2 & 3", "b/ü", "c", "d+e"].map((name) => key + name)
          yield* Effect.forEach(keys, (key, i) => store.write(key, bytesOf(i)), { concurrency: 5 })
          yield* store.write("list-beside", bytesOf(1))
          const found = Chunk.toReadonlyArray(yield* Stream.runCollect(store.list(key)))
          assert.deepStrictEqual(
            found.map(({ key, size }) => ({ key, size })),
            keys.map((key, size) => ({ key, size }))
          )
          assert.strictEqual(found[3]!.version, (yield* store.stat("list/c")).version)
          assert.deepStrictEqual(Chunk.size(yield* Stream.runCollect(store.list("nothing/"))), 0)
        })))

    // What authorizes makes no difference to these.
    if (name.includes("HMAC") || name.includes("access signature")) continue

    it.effect(`${name}: takes a large object in parts, and none of one that fails`, () =>
      using(name, ({ gate, uri }) =>
        Effect.gen(function*() {
          const folder = `large-${names.indexOf(name)}`
          const { key, store } = yield* Stores.open(`${uri}${folder}/object`)
          const piece = bytesOf(mebibyte)
          const pieces = Stream.repeatEffect(Effect.succeed(piece))
          yield* store.write(key, Stream.take(pieces, 6))
          assert.strictEqual((yield* store.stat(key)).size, 6 * mebibyte)
          assert.deepStrictEqual(
            yield* store.read(key, { offset: 5 * mebibyte - 10, length: 20 }),
            Uint8Array.from([...piece.slice(-10), ...piece.slice(0, 10)])
          )
          const broken = Stream.concat(Stream.take(pieces, 6), Stream.fail("the source"))
          assert.strictEqual(yield* Effect.flip(store.write(`${folder}/broken`, broken)), "the source")
          const staged = yield* Effect.scoped(Effect.gen(function*() {
            const commit = yield* store.stage(`${folder}/staged`, bytesOf(100))
            yield* store.stage(`${folder}/given-up`, bytesOf(100))
            const before = yield* Effect.exit(store.stat(`${folder}/staged`))
            yield* commit
            return before
          }))
          assert.isTrue(Exit.isFailure(staged))
          assert.strictEqual((yield* store.stat(`${folder}/staged`)).size, 100)
          const keys = yield* Stream.runCollect(store.list(`${folder}/`))
          assert.deepStrictEqual(Chunk.toReadonlyArray(keys).map(({ key }) => key), [
            `${folder}/object`,
            `${folder}/staged`
          ])
          const parts = gate.seen.filter(({ method, url }) => method === "PUT" && url.includes(`/${folder}/object`))
          assert.isAtMost(Math.max(...parts.map(({ body }) => body.length)), 5 * mebibyte)
        }), { partBytes: 5 * mebibyte }))
  }
})
