import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"
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

/** An object of a request or of an answer: the one place where fields that have another name on the wire may stand. */
export const struct = <Fields extends Schema.Struct.Fields>(fields: Fields): Schema.Struct<Fields> =>
  Schema.Struct(fields)

/** An answer: what a later version of the API adds to it is kept, under its own name. */
export const answer = <Fields extends Schema.Struct.Fields>(
  identifier: string,
  fields: Fields
): Schema.Struct<Fields> => struct(fields).annotations({ identifier, parseOptions: { onExcessProperty: "preserve" } })

/**
 * What the application sees of an answer that each version of the API writes in its own way. What a later version adds is kept
 * here too, which the type of an `answer` alone would not do.
 */
export const model = <Fields extends Schema.Struct.Fields>(identifier: string, fields: Fields) => {
  const kept = answer(identifier, fields)
  return Schema.typeSchema(kept).annotations(kept.ast.annotations)
}

/** A field of an answer that may be absent or `null`. */
export const maybe = <A, I>(schema: Schema.Schema<A, I>) => Schema.optionalWith(schema, { nullable: true })

/** The same with another name on the wire, in a `struct` or an `answer`. */
export const maybeAs = <const Key extends string, A, I>(key: Key, schema: Schema.Schema<A, I>) =>
  maybe(schema).pipe(Schema.fromKey(key))

/** The same with what stands for it where it is absent or `null`. */
export const maybeOr = <A, I>(schema: Schema.Schema<A, I>, orElse: () => A) =>
  Schema.optionalWith(schema, { nullable: true, default: orElse })

/** A list in an answer: empty where it is absent or `null`. */
export const list = <A, I>(schema: Schema.Schema<A, I>) => maybeOr(Schema.Array(schema), () => [])

/** A field with another name on the wire, in a `struct` or an `answer`. */
export const as = <const Key extends string, A, I>(key: Key, schema: Schema.Schema<A, I>) =>
  Schema.propertySignature(schema).pipe(Schema.fromKey(key))

/** The same in a request that may leave it out. */
export const optionalAs = <const Key extends string, A, I>(key: Key, schema: Schema.Schema<A, I>) =>
  Schema.optional(schema).pipe(Schema.fromKey(key))

/** The same object without the fields that are `undefined`: a transformation may make some, and an answer has none. */
export const defined = <A extends object>(fields: A): A => {
  for (const key of Object.keys(fields)) {
    // eslint-disable-next-line no-restricted-syntax -- its own key, of an object that was just made.
    if (fields[key as keyof A] === undefined) delete fields[key as keyof A]
  }
  return fields
}

/** What a transformation makes. */
export const made = <A extends object>(fields: A): Either.Either<A, ParseResult.ParseIssue> =>
  ParseResult.succeed(defined(fields))

/** A time: a text on the wire. */
export const date = Schema.Date

/** A text that nothing prints. Where there is something else in its place, that is not printed either. */
export const secret = Schema.Redacted(
  Schema.String.annotations({ message: () => ({ message: "Expected a secret text", override: true }) })
)

/** A JSON object that is passed on as it is, without a walk through it. */
export const JsonObject = Schema.declare(isObject, {
  identifier: "JsonObject",
  jsonSchema: { type: "object" },
  arbitrary: () => (fc) => fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer(), fc.boolean()))
})

/** Each of an object's own values, under whatever name. */
const eachOwn =
  <A>(parse: (u: unknown, options: AST.ParseOptions) => Either.Either<A, ParseResult.ParseIssue>) =>
  (input: unknown, options: AST.ParseOptions, ast: AST.Declaration) => {
    if (!isObject(input)) return ParseResult.fail(new ParseResult.Type(ast, input))
    const read: Array<[string, A]> = []
    for (const [name, value] of Object.entries(input)) {
      const result = parse(value, options)
      if (Either.isLeft(result)) {
        return ParseResult.fail(
          new ParseResult.Composite(ast, input, new ParseResult.Pointer(name, input, result.left))
        )
      }
      read.push([name, result.right])
    }
    return ParseResult.succeed(Object.fromEntries(read))
  }

/** An object of any names. `Schema.Record` loses the one that is `__proto__`, and is what documents describe it by. */
export const dictionary = <A, I>(value: Schema.Schema<A, I>, annotations: {
  readonly identifier?: string
} = {}): Schema.Schema<{ readonly [name: string]: A }, { readonly [name: string]: I }> =>
  Schema.declare([value], {
    decode: (value) => eachOwn(ParseResult.decodeUnknownEither(value)),
    encode: (value) => eachOwn(ParseResult.encodeUnknownEither(value))
  }, {
    ...annotations,
    [AST.SurrogateAnnotationId]: Schema.Record({ key: Schema.String, value }).ast,
    arbitrary: (value) => (fc) => fc.dictionary(fc.string(), value(fc))
  })
