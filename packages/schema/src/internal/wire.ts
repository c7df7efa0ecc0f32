import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import type { AST, ParseOptions } from "effect/SchemaAST"
import { isObject } from "./guards.js"

/**
 * A string that is usually one of `literals`: what the server adds later decodes too, and the known ones are completed
 * by the editor.
 */
export const openEnum = <const Literals extends ReadonlyArray<string>>(
  ...literals: Literals
): Schema.Schema<Literals[number] | (string & {}), string> =>
  Schema.make<Literals[number] | (string & {}), string>(
    Schema.String.annotations({ description: `One of ${literals.join(", ")}, or what a later version adds` }).ast
  )

/** A field of an answer that may be absent or `null`. */
export const maybe = <A, I>(schema: Schema.Schema<A, I>) => Schema.optionalWith(schema, { nullable: true })

/** The same with another name on the wire. */
export const maybeAs = <const Key extends string, A, I>(key: Key, schema: Schema.Schema<A, I>) =>
  Schema.optionalWith(schema, { nullable: true }).pipe(Schema.fromKey(key))

/** A list in an answer: empty where it is absent or `null`. */
export const list = <A, I>(schema: Schema.Schema<A, I>) =>
  Schema.optionalWith(Schema.Array(schema), { nullable: true, default: () => [] })

/** A field of a request that may be left out, with another name on the wire. */
export const optionalAs = <const Key extends string, A, I>(key: Key, schema: Schema.Schema<A, I>) =>
  Schema.optional(schema).pipe(Schema.fromKey(key))

/** A field with another name on the wire. */
export const as = <const Key extends string, A, I>(key: Key, schema: Schema.Schema<A, I>) =>
  Schema.propertySignature(schema).pipe(Schema.fromKey(key))

/** A text that nothing prints. Where there is something else in its place, that is not printed either. */
export const secret = Schema.Redacted(
  Schema.String.annotations({ message: () => ({ message: "Expected a secret text", override: true }) })
)

/** An answer: what a later version of the API adds to it is kept, under its own name. */
export const answer = (identifier: string) => ({
  identifier,
  parseOptions: { onExcessProperty: "preserve" as const }
})

type Dictionary<A> = { readonly [key: string]: A }

const eachValue =
  <A>(read: (value: unknown, options: ParseOptions) => Either.Either<A, ParseResult.ParseIssue>) =>
  (input: unknown, options: ParseOptions, ast: AST): Either.Either<Dictionary<A>, ParseResult.ParseIssue> => {
    if (!isObject(input)) return Either.left(new ParseResult.Type(ast, input))
    const entries: Array<readonly [string, A]> = []
    for (const [key, value] of Object.entries(input)) {
      const result = read(value, options)
      if (Either.isLeft(result)) return Either.left(new ParseResult.Pointer(key, input, result.left))
      entries.push([key, result.right])
    }
    return Either.right(Object.fromEntries(entries))
  }

/**
 * A JSON object whose keys are names that users give. `Schema.Record` would lose the name `__proto__`.
 */
export const dictionary = <A, I>(
  value: Schema.Schema<A, I>,
  additionalProperties: object
): Schema.Schema<Dictionary<A>, Dictionary<I>> =>
  Schema.declare([value], {
    decode: (value) => eachValue(ParseResult.decodeUnknownEither(value)),
    encode: (value) => eachValue(ParseResult.encodeUnknownEither(value))
  }, {
    jsonSchema: { type: "object", additionalProperties },
    arbitrary: (value) => (fc) => fc.dictionary(fc.string(), value(fc))
  })

/** A JSON object that is passed on as it is, without a walk through it. */
export const JsonObject = Schema.declare(isObject, {
  identifier: "JsonObject",
  jsonSchema: { type: "object" },
  arbitrary: () => (fc) => fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer(), fc.boolean()))
})
