import type { PlatformError } from "@effect/platform/Error"
import type * as FileSystem from "@effect/platform/FileSystem"
import type * as Path from "@effect/platform/Path"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { Body, ObjectInfo, ObjectStore } from "../ObjectStore.js"
import type { ObjectStoreError, Reason } from "../ObjectStoreError.js"
import { failed } from "./failures.js"
import { segment } from "./uris.js"

const reasons: Readonly<Record<string, Reason>> = { NotFound: "NotFound", PermissionDenied: "Forbidden" }

const uriOf = (key: string): string =>
  `file:///${key.split("/").map((part) => segment(part).replace(/^([A-Za-z])%3A$/, "$1:")).join("/")}`

const unlike = (key: string) => (error: PlatformError): ObjectStoreError =>
  failed(
    error._tag === "SystemError" ? reasons[error.reason] ?? "Refused" : "Refused",
    uriOf(key),
    error.message.replace(/\.$/, "")
  )

/** The files of this machine: a key is an absolute path without the slash at its start. */
export const make = (fs: FileSystem.FileSystem, path: Path.Path): ObjectStore => {
  const pathOf = (key: string): Effect.Effect<string, ObjectStoreError> =>
    Effect.mapError(
      path.fromFileUrl(new URL(uriOf(key))),
      () => failed("InvalidUri", uriOf(key), "write it as file:///path")
    )

  const stat = (key: string): Effect.Effect<ObjectInfo, ObjectStoreError> =>
    Effect.gen(function*() {
      const { size, type } = yield* Effect.mapError(fs.stat(yield* pathOf(key)), unlike(key))
      return type === "Directory"
        ? yield* failed("NotFound", uriOf(key), "it is a folder")
        : { key, size: Number(size), version: undefined }
    })

  const stage = <E, R>(key: string, body: Body<E, R>) =>
    Effect.gen(function*() {
      const target = yield* pathOf(key)
      const random = yield* Random.nextIntBetween(0, 2 ** 31)
      const part = `${target}.${random.toString(36)}.part`
      yield* Effect.mapError(fs.makeDirectory(path.dirname(target), { recursive: true }), unlike(key))
      yield* Effect.addFinalizer(() => Effect.ignore(fs.remove(part, { force: true })))
      yield* Effect.scopedWith((scope) =>
        Effect.gen(function*() {
          const file = yield* Scope.extend(Effect.mapError(fs.open(part, { flag: "w" }), unlike(key)), scope)
          const write = (bytes: Uint8Array) => Effect.mapError(file.writeAll(bytes), unlike(key))
          yield* body instanceof Uint8Array ? write(body) : Stream.runForEach(body, write)
          yield* Effect.mapError(file.sync, unlike(key))
        })
      )
      return Effect.mapError(fs.rename(part, target), unlike(key))
    })

  const list = (prefix: string): Stream.Stream<ObjectInfo, ObjectStoreError> =>
    Stream.unwrap(Effect.gen(function*() {
      const folder = prefix.slice(0, prefix.lastIndexOf("/") + 1)
      const names = yield* Effect.mapError(fs.readDirectory(yield* pathOf(folder), { recursive: true }), unlike(folder))
      return Stream.fromIterable(names.map((name) => folder + name.split(path.sep).join("/")).sort()).pipe(
        Stream.filter((key) => key.startsWith(prefix)),
        Stream.mapEffect((key) =>
          Effect.flatMap(pathOf(key), (file) =>
            Effect.map(
              Effect.mapError(fs.stat(file), unlike(key)),
              ({ size, type }) => ({ key, size: Number(size), version: undefined, isFile: type === "File" })
            ))
        ),
        Stream.filter(({ isFile }) => isFile),
        Stream.map(({ isFile: _, ...info }) => info)
      )
    }))

  return {
    uriOf,
    list,
    stat,
    read: (key, { length, offset }) =>
      Effect.scoped(Effect.gen(function*() {
        const file = yield* Effect.mapError(fs.open(yield* pathOf(key), { flag: "r" }), unlike(key))
        yield* file.seek(offset, "start")
        const bytes = new Uint8Array(length)
        let filled = 0
        while (filled < length) {
          const count = Number(yield* Effect.mapError(file.read(bytes.subarray(filled)), unlike(key)))
          if (count === 0) {
            return yield* failed(
              "Refused",
              uriOf(key),
              `it ends at byte ${offset + filled}, and bytes up to ${offset + length} were asked for`
            )
          }
          filled += count
        }
        return bytes
      })),
    stage,
    write: (key, body) => Effect.scoped(Effect.flatten(stage(key, body))),
    remove: (key) =>
      Effect.flatMap(pathOf(key), (file) => Effect.mapError(fs.remove(file, { force: true }), unlike(key)))
  }
}
