import * as FileSystem from "@effect/platform/FileSystem"
import type * as Multipart from "@effect/platform/Multipart"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Sink from "effect/Sink"
import * as Stream from "effect/Stream"
import { receive } from "../../src/internal/assistant/uploads.js"

const megabyte = new Uint8Array(2 ** 20)

/** A file of so many megabytes and bytes; of what was read of it, and what was written. */
const upload = (megabytes: number, bytes: number) => {
  const counted = { read: 0, written: 0 }
  const content = Stream.concat(
    Stream.range(1, megabytes).pipe(Stream.map(() => megabyte)),
    bytes === 0 ? Stream.empty : Stream.make(new Uint8Array(bytes))
  )

  const part = {
    _tag: "File",
    key: "file",
    name: "large.txt",
    contentType: "text/plain",
    content: Stream.tap(content, ({ length }) =>
      Effect.sync(() => {
        counted.read += length
      }))
  } as unknown as Multipart.Part
  const fs = FileSystem.makeNoop({
    sink: () =>
      Sink.forEach(({ length }: Uint8Array) =>
        Effect.sync(() => {
          counted.written += length
        })
      )
  })
  return { counted, received: receive(fs, Stream.make(part), "large.txt.part", false) }
}

describe("an upload", () => {
  it.effect("of 100 MB is written", () =>
    Effect.gen(function*() {
      const { counted, received } = upload(100, 0)
      assert.strictEqual((yield* received).size, 100 * 2 ** 20)
      assert.strictEqual(counted.written, 100 * 2 ** 20)
    }))

  it.effect("of more is read to its end and refused, and no more than 100 MB of it are written", () =>
    Effect.gen(function*() {
      const { counted, received } = upload(120, 1)
      assert.strictEqual((yield* Effect.flip(received)).message, "A file must not be larger than 100 MB")
      assert.strictEqual(counted.read, 120 * 2 ** 20 + 1)
      assert.isAtMost(counted.written, 100 * 2 ** 20)
    }))
})
