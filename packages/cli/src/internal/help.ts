import type * as CliConfig from "@effect/cli/CliConfig"
import * as Descriptor from "@effect/cli/CommandDescriptor"
import * as HelpDoc from "@effect/cli/HelpDoc"
import type * as ValidationError from "@effect/cli/ValidationError"
import * as Effect from "effect/Effect"
import { StandardStreams } from "../StandardStreams.js"
import type { Problem } from "./problem.js"
import { oneLine, usage } from "./problem.js"
import type { Found } from "./tree.js"

const plain = (text: string): string => text.replace(/\u001b\[[0-9;]*m/g, "")

const textOf = (doc: HelpDoc.HelpDoc): string => plain(HelpDoc.toAnsiText(doc))

const seeHelp = (path: ReadonlyArray<string>): string =>
  `Run \`${["pinecone", ...path, "--help"].join(" ")}\` for what it takes.`

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

const meant = (name: string, names: ReadonlyArray<string>): string | undefined =>
  [...names].sort((a, b) => distance(name, a) - distance(name, b)).find((known) =>
    distance(name, known) <= 2 || known.startsWith(name)
  )

/** Says that there is no such command in a group. */
export const noCommand = (before: ReadonlyArray<string>, name: string, names: ReadonlyArray<string>): Problem => {
  const other = meant(name, names)
  return usage(
    `There is no command "${[...before, name].join(" ")}".${
      other === undefined ? "" : ` Did you mean "${[...before, other].join(" ")}"?`
    } There are: ${names.join(", ")}.`
  )
}

/** Says that there is no such command, where there is none. */
export const unknownCommand = ({ node, path, rest: [next] }: Found): Problem | undefined =>
  next === undefined || next.startsWith("-") || node.children.size === 0
    ? undefined
    : noCommand(path, next, [...node.children.keys()])

/** Says that an option stands before the command. */
export const misplaced = (option: string): Problem =>
  usage(
    `The option ${option} stands before the command: write the command first, as in \`pinecone index list ${option}\`.`
  )

/** Says that an argument or an option is not one of the command's. */
export const unexpected = ({ node, path }: Found, arg: string, config: CliConfig.CliConfig): Problem => {
  if (!arg.startsWith("-")) return usage(`The argument "${arg}" is one too many. ${seeHelp(path)}`)
  const names = partsOf(Descriptor.getHelp(node.descriptor, config)).options.map(([name]) =>
    name.replace(/^.*(--[\w-]+).*$/, "$1")
  )
  const other = meant(arg, names)
  return usage(
    `There is no option ${arg} here.${other === undefined ? "" : ` Did you mean ${other}?`} ${seeHelp(path)}`
  )
}

/** What the parser says, in the words of the others. */
export const problemOf = (error: ValidationError.ValidationError, { path }: Found): Problem => {
  const said = oneLine(textOf(error.error))
  const rules: ReadonlyArray<readonly [RegExp, (...found: ReadonlyArray<string>) => string]> = [
    [/^Missing argument <(.+)>$/, (name) => `<${name}> is missing: name it after the command.`],
    [/^Expected to find option: '(.+)'$/, (name) => `${name} is missing: add it.`],
    [/^Expected a value following option: '(.+)'$/, (name) => `${name} needs a value after it.`],
    [
      /^The flag '(.+)' is not recognized\. Did you mean '(.+)'\?$/,
      (name, other) => `There is no option ${name} here. Did you mean ${other}?`
    ],
    [/^Expected one of the following cases: (.+)$/, (cases) => `--output must be one of ${cases}.`]
  ]
  for (const [pattern, message] of rules) {
    const found = pattern.exec(said)
    if (found !== null) return usage(`${message(...found.slice(1))} ${seeHelp(path)}`)
  }
  return usage(`${/[.!?]$/.test(said) ? said : `${said}.`} ${seeHelp(path)}`)
}

/** What the parser says of every option of a kind, which says nothing. */
const noise = new Set([
  "A user-defined piece of text.",
  "An integer.",
  "A true or false value.",
  "This setting is optional.",
  "This option may be repeated zero or more times.",
  "This argument may be repeated zero or more times."
])

type Definition = readonly [name: string, text: string]

interface Parts {
  readonly description: string
  readonly arguments: ReadonlyArray<Definition>
  readonly options: ReadonlyArray<Definition>
}

const paragraphsOf = (doc: HelpDoc.HelpDoc): ReadonlyArray<string> =>
  textOf(doc).split(/\n+/).map((line) => line.trim()).filter((line) =>
    line !== "" && !noise.has(line) && !line.startsWith("One of the following: ")
  )

/** The parts of what the parser has as help, by their headings. */
const partsOf = (doc: HelpDoc.HelpDoc): Parts => {
  const description: Array<string> = []
  const lists: Record<string, Array<Definition>> = { ARGUMENTS: [], OPTIONS: [] }
  let heading = ""
  const visit = (doc: HelpDoc.HelpDoc): void => {
    switch (doc._tag) {
      case "Header":
        heading = textOf(doc).trim()
        return
      case "Paragraph":
        if (heading === "DESCRIPTION") description.push(textOf(doc).trim())
        return
      case "DescriptionList":
        for (const [name, text] of doc.definitions) {
          lists[heading]?.push([textOf(HelpDoc.p(name)).trim(), paragraphsOf(text).join(" ")])
        }
        return
      case "Sequence":
        visit(doc.left)
        visit(doc.right)
        return
      case "Empty":
      case "Enumeration":
        return
    }
  }
  visit(doc)
  return { description: description.join(" "), arguments: lists["ARGUMENTS"]!, options: lists["OPTIONS"]! }
}

const wrapped = (text: string, width: number): ReadonlyArray<string> => {
  const lines: Array<string> = []
  let line = ""
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + word.length + 1 > width) {
      lines.push(line)
      line = word
    } else line = line === "" ? word : `${line} ${word}`
  }
  return [...lines, line]
}

const column = 30

const section = (title: string, definitions: ReadonlyArray<Definition>, width: number): string =>
  definitions.length === 0 ? "" : `\n${title}:\n${
    definitions.map(([name, text]) => {
      const lines = wrapped(text, width - column).map((line) => `${" ".repeat(column)}${line}`)
      return name.length + 4 > column
        ? [`  ${name}`, ...lines].join("\n")
        : [`  ${name}`.padEnd(column) + lines[0]!.trimStart(), ...lines.slice(1)].join("\n")
    }).join("\n")
  }\n`

const descriptionOf = (command: Descriptor.Command<unknown>, config: CliConfig.CliConfig): string =>
  partsOf(Descriptor.getHelp(command, config)).description

const everywhere: ReadonlyArray<Definition> = [
  ["--help, -h", "Show this text."],
  ["--version", "Show the version."],
  ["--completions SHELL", "Print the completions for bash, fish or zsh."]
]

/** A text as wide as the terminal. */
const wide = (make: (width: number) => string) =>
  Effect.map(
    Effect.flatMap(StandardStreams, ({ columns }) => columns),
    (columns) => make(Math.max(60, Math.min(columns, 110)))
  )

const listOf = (path: ReadonlyArray<string>, list: ReadonlyArray<Definition>, width: number, more = ""): string => {
  const name = ["pinecone", ...path].join(" ")
  return `Usage: ${name} COMMAND [options]\n${
    section("Commands", list, width)
  }${more}\nRun \`${name} COMMAND --help\` for what a command takes.\n`
}

/** The help of the program, by the commands that it has. */
export const top = (commands: ReadonlyArray<Definition>) =>
  wide((width) =>
    `Pinecone from the terminal.\n\n${listOf([], commands, width, section("Options", everywhere, width))}`
  )

/** The help of a command or a group of them. */
export const text = ({ node: { children, descriptor }, path }: Found, config: CliConfig.CliConfig) =>
  wide((width) => {
    const parts = partsOf(Descriptor.getHelp(descriptor, config))
    if (children.size > 0) {
      const list = Array.from(children, ([name, child]): Definition => [name, descriptionOf(child.descriptor, config)])
      return `${parts.description}\n\n${listOf(path, list, width)}`
    }
    const usage = ["pinecone", ...path, ...parts.arguments.map(([name]) => name), "[options]"].join(" ")
    return `${parts.description}\n\nUsage: ${usage}\n${section("Arguments", parts.arguments, width)}${
      section("Options", parts.options, width)
    }`
  })

const shells = ["bash", "fish", "zsh"] as const

/** The shell that completions are asked for. */
export const shellOf = (name: string | undefined) =>
  Effect.fromNullable(shells.find((shell) => shell === name)).pipe(
    Effect.mapError(() => usage(`--completions must be one of ${shells.join(", ")}, got "${name ?? ""}".`))
  )

export const completions = (self: Descriptor.Command<unknown>, shell: typeof shells[number]) =>
  Effect.map(
    shell === "bash"
      ? Descriptor.getBashCompletions(self, "pinecone")
      : shell === "fish"
      ? Descriptor.getFishCompletions(self, "pinecone")
      : Descriptor.getZshCompletions(self, "pinecone"),
    (lines) => `${lines.join("\n")}\n`
  )
