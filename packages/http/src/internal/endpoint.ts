import * as ErrorBody from "@effect-pinecone/schema/ErrorBody"
import * as Input from "@effect-pinecone/schema/Input"
import * as HttpApiSchema from "@effect/platform/HttpApiSchema"
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

/** The error of the control plane for one status, told from the others by the status in its body. */
export const controlError = <const Status extends number>(status: Status) =>
  Schema.Struct({
    ...ErrorBody.ErrorResponse.fields,
    status: Schema.Literal(status).annotations({ jsonSchema: { type: "integer", enum: [status] } })
  }).annotations({
    identifier: `ErrorResponse${status}`,
    ...HttpApiSchema.annotations({ status })
  })

/** The error of the data plane for one status, told from the others by its gRPC codes. */
export const dataError = <const Status extends number, const Codes extends readonly [number, ...ReadonlyArray<number>]>(
  status: Status,
  ...codes: Codes
) =>
  Schema.Struct({
    ...ErrorBody.RpcStatus.fields,
    code: Schema.Literal(...codes).annotations({ jsonSchema: { type: "integer", enum: codes } })
  }).annotations({
    identifier: `RpcStatus${status}`,
    ...HttpApiSchema.annotations({ status })
  })

/** A yes or no in a query string. */
export const Flag = Schema.BooleanFromString

/** A JSON object in a query string. */
export const JsonParameter = Schema.parseJson(
  Schema.Record({ key: Schema.String, value: Schema.Unknown })
).annotations({ jsonSchema: { type: "string", format: "json" } })
