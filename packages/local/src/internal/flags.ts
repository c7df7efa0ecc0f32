import * as Either from "effect/Either"
import { parseArgs } from "node:util"
import type { Reader } from "./values.js"
import { truth } from "./values.js"

/**
 * One flag of a command: `--name VALUE`, and the environment variable that stands in for it. The value of the flag wins.
 */
export interface Flag<A> {
  /** What stands for the value in the help. A switch has none. */
  readonly value: string | undefined
  readonly help: string
  /** What holds without the flag, for the help. */
  readonly otherwise: string | undefined
  /** Whether it can be given several times, and what separates the values in the environment. */
  readonly separator: string | undefined
  /** Whether its values are kept out of messages. */
  readonly secret: boolean
  /** Other variables that stand in for it, after its own. */
  readonly aliases: ReadonlyArray<string>
  readonly read: (given: ReadonlyArray<string>) => Either.Either<A, Unfit>
}

/** A value that cannot be used, and what it must be. */
interface Unfit {
  readonly given: string
  readonly rule: string
}

interface Described {
  readonly help: string
  readonly otherwise?: string
  readonly secret?: boolean
  readonly aliases?: ReadonlyArray<string>
}

const flag = <A>(
  value: string | undefined,
  { aliases = [], help, otherwise, secret = false }: Described,
  separator: string | undefined,
  read: Flag<A>["read"]
): Flag<A> => ({ value, help, otherwise, separator, secret, aliases, read })

const reading = <A>(read: Reader<A>, given: string): Either.Either<A, Unfit> =>
  Either.mapLeft(read(given), (rule) => ({ given, rule }))

export const one = <A>(value: string, read: Reader<A>, described: Described): Flag<A | undefined> =>
  flag(value, described, undefined, ([given]) => given === undefined ? Either.right(undefined) : reading(read, given))

export const many = <A>(
  value: string,
  read: Reader<A>,
  separator: string,
  described: Described
): Flag<ReadonlyArray<A>> =>
  flag(value, described, separator, (given) => Either.all(given.map((text) => reading(read, text))))

/** Given, or not. Its variable is true or false. */
export const toggle = (described: Described): Flag<boolean> =>
  flag(undefined, described, undefined, ([given]) => given === undefined ? Either.right(false) : reading(truth, given))

/** Groups of flags, under the headings of the help. */
export type Flags = { readonly [name: string]: Flag<unknown> }

export type Values<F extends Flags> = { readonly [N in keyof F]: F[N] extends Flag<infer A> ? A : never }

/** Where a value comes from: what is on the command line wins over the environment. */
export type Source = "flag" | "variable" | "alias" | "nowhere"

export interface Parsed<F extends Flags> {
  readonly values: Values<F>
  readonly sources: { readonly [N in keyof F]: Source }
}

const variable = (prefix: string, name: string) => `${prefix}_${name.toUpperCase().replaceAll("-", "_")}`

/** The flag that was meant by a name that is none: one that differs by a letter, or begins the same. */
const meant = (name: string, names: ReadonlyArray<string>): string | undefined =>
  names.find((known) => distance(name, known) <= 2) ??
    (name.length < 3 ? undefined : names.find((known) => known.startsWith(name)))

/** How many letters must be added, left out or changed. */
const distance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)))
    }
    row = next
  }
  return row[b.length]!
}

/** What stands on the command line, by the names of the flags; or why it cannot be. */
const given = (
  flags: Flags,
  args: ReadonlyArray<string>,
  seeHelp: string
): Either.Either<ReadonlyMap<string, ReadonlyArray<string>>, string> => {
  const names = Object.keys(flags)
  // Without `strict`, as its messages are Node's own, and say nothing of a flag that is given twice.
  const { tokens } = parseArgs({
    args: [...args],
    strict: false,
    tokens: true,
    allowPositionals: true,
    options: Object.fromEntries(
      names.map((name) => [name, { type: flags[name]!.value === undefined ? "boolean" : "string" } as const])
    )
  })
  const found = new Map<string, Array<string>>()
  for (const token of tokens) {
    if (token.kind === "positional") return Either.left(`unexpected argument "${token.value}": ${seeHelp}`)
    if (token.kind !== "option") continue
    const { inlineValue = false, name, rawName, value } = token
    const flag = Object.hasOwn(flags, name) ? flags[name] : undefined
    if (flag === undefined || rawName !== `--${name}`) {
      const other = meant(name, names)
      return Either.left(`unknown flag ${rawName}: ${other === undefined ? "" : `did you mean --${other}? `}${seeHelp}`)
    }
    if (flag.value === undefined && value !== undefined) {
      return Either.left(`--${name} takes no value: leave out "=${value}"`)
    }
    if (flag.value !== undefined && (value === undefined || (!inlineValue && value.startsWith("-")))) {
      return Either.left(`--${name} needs a value: write --${name} ${flag.value}`)
    }
    const before = found.get(name)
    if (before === undefined) found.set(name, [value ?? "true"])
    else if (flag.separator === undefined) return Either.left(`--${name} is given more than once: leave one out`)
    else before.push(value ?? "true")
  }
  return Either.right(found)
}

/** The values of the flags, or one line that says what is wrong. */
export const parse = <F extends Flags>(
  flags: F,
  options: {
    readonly args: ReadonlyArray<string>
    readonly env: { readonly [name: string]: string | undefined }
    readonly prefix: string
    readonly command: string
  }
): Either.Either<Parsed<F>, string> =>
  Either.gen(function*() {
    const { args, command, env, prefix } = options
    const found = yield* given(flags, args, `run ${command} --help for the list`)
    const values: Record<string, unknown> = {}
    const sources: Record<string, Source> = {}
    for (const [name, flag] of Object.entries(flags)) {
      const own = variable(prefix, name)
      // A variable that is empty counts as none: files of settings cannot leave one out otherwise.
      const set = [own, ...flag.aliases].find((name) => (env[name] ?? "") !== "")
      const fromFlag = found.get(name)
      const texts = fromFlag ?? (set === undefined
        ? []
        : flag.separator === undefined
        ? [env[set]!]
        : env[set]!.split(flag.separator).map((text) => text.trim()).filter((text) => text !== ""))
      values[name] = yield* Either.mapLeft(
        flag.read(texts),
        ({ given, rule }) =>
          `${fromFlag === undefined ? set : `--${name}`} must be ${rule}${flag.secret ? "" : `, got "${given}"`}`
      )
      sources[name] = fromFlag !== undefined
        ? "flag"
        : set === undefined
        ? "nowhere"
        : set === own
        ? "variable"
        : "alias"
    }
    // eslint-disable-next-line no-restricted-syntax -- each was read by its own flag.
    return { values, sources } as unknown as Parsed<F>
  })

const width = 100

const column = 28

const wrapped = (text: string): ReadonlyArray<string> => {
  const lines: Array<string> = []
  let line = ""
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + word.length + 1 > width - column) {
      lines.push(line)
      line = word
    } else line = line === "" ? word : `${line} ${word}`
  }
  return [...lines, line]
}

const entry = (head: string, texts: ReadonlyArray<string>): string => {
  const lines = texts.flatMap(wrapped).map((line) => `${" ".repeat(column)}${line}`)
  return head.length + 4 > column
    ? [`  ${head}`, ...lines].join("\n")
    : [`  ${head}`.padEnd(column) + lines[0]!.trimStart(), ...lines.slice(1)].join("\n")
}

/** What the flags are, with their defaults and variables, under their headings. */
export const help = (prefix: string, groups: { readonly [heading: string]: Flags }): string =>
  Object.entries(groups).map(([heading, flags]) =>
    [
      `${heading}:`,
      ...Object.entries(flags).map(([name, flag]) =>
        entry(`--${name}${flag.value === undefined ? "" : ` ${flag.value}`}`, [
          flag.help,
          [
            ...(flag.separator === undefined ? [] : ["Repeatable."]),
            ...(flag.otherwise === undefined ? [] : [`Default: ${flag.otherwise}.`]),
            `Env: ${[variable(prefix, name), ...flag.aliases].join(", ")}${
              flag.separator === undefined ? "" : ` (separated by "${flag.separator}")`
            }`
          ].join(" ")
        ])
      )
    ].join("\n")
  ).join("\n\n")
