import * as HelpDoc from "@effect/cli/HelpDoc"
import * as Options from "@effect/cli/Options"
import * as ValidationError from "@effect/cli/ValidationError"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import { number } from "./render.js"

const invalid = (message: string) => ValidationError.invalidValue(HelpDoc.p(message))

/** An option whose text is read by a function that gives the value, or says what the text must be. */
const read = <A>(
  name: string,
  placeholder: string,
  help: string,
  reader: (text: string) => Either.Either<A, string>
): Options.Options<A> =>
  Options.text(name).pipe(
    Options.withPseudoName(placeholder),
    Options.withDescription(help),
    Options.mapEffect((text) =>
      Either.match(reader(text), {
        onLeft: (rule) => Effect.fail(invalid(`--${name} must be ${rule}, got "${text}"`)),
        onRight: (value) => Effect.succeed(value)
      })
    )
  )

export const text = (name: string, placeholder: string, help: string): Options.Options<string> =>
  Options.text(name).pipe(Options.withPseudoName(placeholder), Options.withDescription(help))

export const oneOf = <const A extends string>(name: string, help: string, ...values: ReadonlyArray<A>) =>
  read(name, values.join("|"), help, (text) => {
    const found = values.find((value) => value === text)
    return found === undefined ? Either.left(`one of ${values.join(", ")}`) : Either.right(found)
  })

export const integer = (name: string, placeholder: string, help: string, least: number, most: number) =>
  read(name, placeholder, help, (text) =>
    /^\d+$/.test(text) && Number(text) >= least && Number(text) <= most
      ? Either.right(Number(text))
      : Either.left(`an integer from ${number(least)} to ${number(most)}`))

export const toggle = (name: string, help: string): Options.Options<boolean> =>
  Options.boolean(name).pipe(Options.withDescription(help))

/** A value in JSON, which a Schema checks. */
export const json = <A, I>(
  name: string,
  placeholder: string,
  help: string,
  schema: Schema.Schema<A, I>,
  rule: string
) =>
  read(
    name,
    placeholder,
    help,
    (text) => Either.mapLeft(Schema.decodeEither(Schema.parseJson(schema))(text), () => rule)
  )

/** The numbers of a vector: `[0.1, 0.2]`, or without brackets. */
export const vector = (name: string, help: string) =>
  read(name, "NUMBERS", help, (text) => {
    const parts = text.trim().replace(/^\[|\]$/g, "").split(/[\s,]+/).filter((part) => part !== "")
    const values = parts.map(Number)
    return parts.length > 0 && values.every(Number.isFinite)
      ? Either.right(values)
      : Either.left("numbers, such as [0.1,0.2]")
  })

/** `KEY=VALUE`, any number of times. */
export const pairs = (name: string, help: string) =>
  Options.text(name).pipe(
    Options.withPseudoName("KEY=VALUE"),
    Options.withDescription(`${help} Repeatable.`),
    Options.repeated,
    Options.mapEffect((all) =>
      Effect.forEach(all, (text) => {
        const at = text.indexOf("=")
        return at < 1
          ? Effect.fail(invalid(`--${name} must be KEY=VALUE, got "${text}"`))
          : Effect.succeed([text.slice(0, at), text.slice(at + 1)] as const)
      })
    ),
    Options.map((all): { readonly [key: string]: string } => Object.fromEntries(all))
  )

/** Any number of times. */
export const many = (name: string, placeholder: string, help: string) =>
  Options.text(name).pipe(
    Options.withPseudoName(placeholder),
    Options.withDescription(`${help} Repeatable.`),
    Options.repeated
  )
