import * as Input from "@effect-pinecone/schema/Input"
import * as Effect from "effect/Effect"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"

/**
 * A segment of a path: percent-encoded, which the platform does not do by itself, and never one that a URL parser would
 * take for a step up.
 */
export const PathSegment = Schema.transformOrFail(Schema.String, Schema.String, {
  strict: true,
  decode: (segment) => Effect.succeed(segment),
  encode: (segment, _, ast) => {
    const refuse = (why: string) => ParseResult.fail(new ParseResult.Type(ast, segment, why))
    if (segment === "" || segment === "." || segment === "..") {
      return refuse(`must not be "", "." or "..", got "${segment}"`)
    }
    return Input.isWellFormed(segment)
      ? ParseResult.succeed(encodeURIComponent(segment))
      : refuse(`must not have half of a surrogate pair, got ${Input.show(segment)}`)
  }
})

/** A whole number in a query string. */
export const Limit = Schema.NumberFromString.pipe(Schema.int()).annotations({ jsonSchema: { type: "integer" } })
