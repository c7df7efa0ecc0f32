import * as Effect from "effect/Effect"
import type { ObjectInfo, Range } from "../ObjectStore.js"
import type { ObjectStoreError } from "../ObjectStoreError.js"
import type { Answer, Call, Request } from "./caller.js"
import { smallAnswer } from "./caller.js"
import { failed } from "./failures.js"

/** What stands around the reads of all services. */
export interface Source {
  readonly call: Call
  readonly uriOf: (key: string) => string
  /** A signed request for an object. */
  readonly request: (
    method: "GET" | "HEAD",
    key: string,
    headers: Readonly<Record<string, string>>
  ) => Effect.Effect<Request, ObjectStoreError>
  /**
   * Which header asks for a range. Azure has one of its own, which needs no place in the signature.
   *
   * @default "range"
   */
  readonly rangeHeader?: string
}

const isPartial = (status: number): boolean => status === 206 || status === 200

/** How many bytes an object has, by the answer to a request for all of it, or for a part. */
const sizeOf = ({ headers }: Answer): number =>
  Number(/\/(\d+)$/.exec(headers["content-range"] ?? "")?.[1] ?? headers["content-length"] ?? Number.NaN)

export const make = ({ call, rangeHeader = "range", request, uriOf }: Source) => {
  const stat = (key: string): Effect.Effect<ObjectInfo, ObjectStoreError> =>
    Effect.gen(function*() {
      const uri = uriOf(key)
      const answer = yield* Effect.catchIf(
        call({ uri, most: 0, accepts: isPartial }, request("HEAD", key, {})),
        // The answer has no word why, and some servers know no HEAD.
        ({ status }) => status !== undefined && status >= 400,
        () =>
          call(
            { uri, most: smallAnswer, times: "once", accepts: isPartial },
            request("GET", key, { [rangeHeader]: "bytes=0-0" })
          )
      )
      const size = sizeOf(answer)
      return Number.isSafeInteger(size)
        ? { key, size, version: answer.headers["etag"] }
        : yield* failed("InvalidAnswer", uri, "the server does not say how many bytes it has")
    })

  const read = (key: string, { length, offset, version }: Range): Effect.Effect<Uint8Array, ObjectStoreError> =>
    Effect.gen(function*() {
      const uri = uriOf(key)
      if (!Number.isSafeInteger(offset) || offset < 0 || !Number.isSafeInteger(length) || length < 0) {
        return yield* failed(
          "Refused",
          uri,
          `offset and length must be integers of at least 0, got ${offset} and ${length}`
        )
      }
      if (length === 0) return new Uint8Array(0)
      const { bytes, headers, status } = yield* call(
        { uri, most: length, accepts: isPartial },
        request("GET", key, {
          [rangeHeader]: `bytes=${offset}-${offset + length - 1}`,
          // A weak one is no condition that a server could check.
          ...(version === undefined || version.startsWith("W/") ? {} : { "if-match": version })
        })
      )
      if (status === 200 && offset > 0) {
        return yield* failed("Unsupported", uri, "the server does not answer ranges of bytes")
      }
      if (version !== undefined && headers["etag"] !== undefined && headers["etag"] !== version) {
        return yield* failed("Changed", uri, "it has another version than before")
      }
      return bytes.length === length
        ? bytes
        : yield* failed(
          "Refused",
          uri,
          `it ends at byte ${offset + bytes.length}, and bytes up to ${offset + length} were asked for`
        )
    })

  return { stat, read }
}
