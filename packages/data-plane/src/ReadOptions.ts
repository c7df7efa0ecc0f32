/**
 * What a read is asked for, and what follows from it for the type of its answer: a literal `true` is a promise, a `boolean`
 * is not.
 *
 * ```ts
 * import type * as ReadOptions from "@effect-pinecone/data-plane/ReadOptions"
 *
 * type Year = { readonly year: number }
 *
 * // The metadata is there …
 * const there = (year: ReadOptions.Present<{ readonly includeMetadata: true }, "includeMetadata", Year>): Year => year
 *
 * // … may be there …
 * const maybe = (year: ReadOptions.Present<{ readonly includeMetadata: boolean }, "includeMetadata", Year>) => year?.year
 *
 * // … or is not there.
 * const not = (year: ReadOptions.Present<{}, "includeMetadata", Year>): undefined => year
 * ```
 *
 * @since 0.1.0
 */
import type { InvalidMetadata } from "@effect-pinecone/schema/PineconeError"

/**
 * What to do about a record whose metadata does not fit the Schema of the index: end the read with its error, or collect the
 * error and give the other records.
 *
 * @since 0.1.0
 * @category models
 */
export type OnInvalid = "fail" | "collect"

/**
 * What a read does with a record that does not match the Schema of the index.
 *
 * @since 0.1.0
 * @category models
 */
export interface Decoding {
  /**
   * With `"collect"`, the answer has the records that fit, and the errors of those that do not as `invalid`; a stream gives
   * each error in the place of its record.
   *
   * @default "fail"
   */
  readonly onInvalid?: OnInvalid | undefined
}

/**
 * What a query brings of each record besides its id and score.
 *
 * @since 0.1.0
 * @category models
 */
export interface Includes extends Decoding {
  /**
   * Whether each match has its metadata, decoded.
   *
   * @default false
   */
  readonly includeMetadata?: boolean | undefined
  /**
   * Whether each match has the values that it has: dense, sparse or both.
   *
   * @default false
   */
  readonly includeValues?: boolean | undefined
}

/**
 * Options, and as `O` the type that they are given with: it says more than `Options` where a field is a literal or is left
 * out.
 *
 * @since 0.1.0
 * @category type-level
 */
export type Given<O, Options> = [O] extends [never] ? O : Options

/**
 * The type of what an option asks for: `T` where the option is `true`, `undefined` where it is not, and both where it may be.
 *
 * @since 0.1.0
 * @category type-level
 */
export type Present<O, Option extends string, T> = O extends unknown
  ? Option extends keyof O
    ? O extends { readonly [_ in Option]: true } ? T : true extends O[Option] ? T | undefined : undefined
  : undefined
  : never

/**
 * Whether an option may be `true`.
 *
 * @since 0.1.0
 * @category type-level
 */
export type Possible<O, Option extends string> = O extends unknown
  ? Option extends keyof O ? true extends O[Option] ? true : false : false
  : never

/**
 * What an answer has besides with `onInvalid: "collect"`: the errors of the records that do not fit the Schema.
 *
 * @since 0.1.0
 * @category type-level
 */
export type Invalid<O> = O extends { readonly onInvalid: "collect" }
  ? { readonly invalid: ReadonlyArray<InvalidMetadata> }
  : "onInvalid" extends keyof O
    ? "collect" extends O["onInvalid"] ? { readonly invalid?: ReadonlyArray<InvalidMetadata> | undefined } : unknown
  : unknown

/**
 * What a stream of `Record` gives: with `onInvalid: "collect"` also the errors of records that do not fit the Schema, each in
 * the place of its record. `PineconeError.isPineconeError` tells them apart.
 *
 * @since 0.1.0
 * @category type-level
 */
export type Item<O, Record> = O extends unknown
  ? "onInvalid" extends keyof O ? "collect" extends O["onInvalid"] ? Record | InvalidMetadata : Record : Record
  : never
