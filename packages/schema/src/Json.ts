/**
 * Schemas of values that JSON has no form of its own for, so that an error or a record which holds them can travel: through
 * a queue, to a worker, over HTTP.
 *
 * ```ts
 * import * as Json from "@effect-pinecone/schema/Json"
 * import * as Duration from "effect/Duration"
 * import * as Schema from "effect/Schema"
 *
 * Schema.encodeSync(Json.Millis)(Duration.seconds(2)) // 2000
 * Schema.encodeSync(Json.AnyNumber)(NaN) // "NaN"
 * ```
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"

/**
 * A number as JSON: what is not finite is its name.
 *
 * @since 0.1.0
 * @category models
 */
export type EncodedNumber = number | "NaN" | "Infinity" | "-Infinity"

const named = (value: number): "NaN" | "Infinity" | "-Infinity" =>
  Number.isNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity"

/**
 * The JSON of a number: of one that is not finite, its name. `JSON.stringify` alone makes `null` of it.
 *
 * @since 0.1.0
 * @category encoding
 */
export const fromNumber = (value: number): EncodedNumber => Number.isFinite(value) ? value : named(value)

/**
 * The JSON of a number, as it is.
 *
 * @since 0.1.0
 * @category schemas
 */
export const EncodedNumber: Schema.Schema<EncodedNumber> = Schema.Union(
  Schema.JsonNumber,
  Schema.Literal("NaN", "Infinity", "-Infinity")
)

/**
 * Any number as JSON: itself, or its name where it is not finite.
 *
 * @since 0.1.0
 * @category schemas
 */
export const AnyNumber: Schema.Schema<number, EncodedNumber> = Schema.transform(EncodedNumber, Schema.Number, {
  strict: true,
  decode: Number,
  encode: fromNumber
})

/**
 * A duration as JSON: its milliseconds, or `"Infinity"`. They are exact to a nanosecond up to ten days, and to a
 * millisecond beyond.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Millis: Schema.Schema<Duration.Duration, number | "Infinity"> = Schema.transform(
  Schema.Union(Schema.JsonNumber.pipe(Schema.nonNegative()), Schema.Literal("Infinity")),
  Schema.DurationFromSelf.annotations({
    arbitrary: () => (fc) =>
      fc.oneof(
        fc.constant(Duration.infinity),
        fc.maxSafeNat().map(Duration.millis),
        fc.bigInt({ min: 0n, max: 2n ** 50n }).map(Duration.nanos)
      )
  }),
  {
    strict: true,
    decode: (millis) => Duration.millis(Number(millis)),
    encode: (duration) => Duration.isFinite(duration) ? Duration.toMillis(duration) : "Infinity"
  }
)
