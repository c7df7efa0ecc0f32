/**
 * Parses JSON with records that have dense vectors, as answers and upserts are: most of it is numbers, and a loop of WebAssembly
 * reads these into `Float32Array`s in a fraction of the time of `JSON.parse`. The client reads its answers so.
 *
 * @example
 * ```ts
 * import * as VectorJson from "@effect-pinecone/http/VectorJson"
 *
 * const decoder = new TextDecoder("utf-8", { fatal: true })
 * const parse = VectorJson.make({ parse: (bytes) => JSON.parse(decoder.decode(bytes)), shortest: 1024 })
 *
 * const upsert = parse(new TextEncoder().encode(`{"vectors":[{"id":"a","values":[0.5,0.25]}]}`))
 * ```
 *
 * @since 0.1.0
 */
import { VectorJson } from "./internal/vectorJson/vectorJson.js"

/**
 * What a parser reads itself, and what it leaves to another.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** Parses what has no vectors, and texts that are too short to be worth more. It may throw, which is then thrown. */
  readonly parse: (bytes: Uint8Array) => unknown
  /**
   * Texts of fewer bytes are given to `parse` as they are.
   *
   * @default 8192
   */
  readonly shortest?: number | undefined
}

/**
 * A parser of JSON in UTF-8. Its result is that of `parse`, but for the `values` of the objects in `vectors` and `matches`: an
 * array of at least one number becomes a `Float32Array` where each number is finite as a 32-bit float.
 *
 * All is given to `parse` until half a megabyte was seen, where there is no WebAssembly, and where the text is no JSON or is
 * written in an unusual way. What `parse` throws is thrown.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options): (bytes: Uint8Array) => unknown => {
  const parser = new VectorJson(options)
  return (bytes) => parser.parse(bytes)
}
