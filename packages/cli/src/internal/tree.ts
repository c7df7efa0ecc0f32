/** The commands as a tree, and how one of them is run. */
import type * as CliConfig from "@effect/cli/CliConfig"
import * as Command from "@effect/cli/Command"
import * as Descriptor from "@effect/cli/CommandDescriptor"
import type * as CommandDirective from "@effect/cli/CommandDirective"
import type * as ValidationError from "@effect/cli/ValidationError"
import * as Effect from "effect/Effect"
import * as HashMap from "effect/HashMap"
import type { Environment } from "../Cli.js"

/** A command, with those within it where it is a group. */
export interface Node {
  readonly descriptor: Descriptor.Command<unknown>
  readonly children: ReadonlyMap<string, Node>
}

const nameOf = (descriptor: Descriptor.Command<unknown>): string => [...Descriptor.getNames(descriptor)][0]!

/** The parser names the commands of one level alone: the groups within a group are given. */
export const node = (descriptor: Descriptor.Command<unknown>, groups: ReadonlyArray<Node> = []): Node => {
  const name = nameOf(descriptor)
  const found = HashMap.toEntries(Descriptor.getSubcommands(descriptor)).filter(([child]) => child !== name)
  return {
    descriptor,
    children: new Map(found.map(([child, descriptor]) => [
      child,
      groups.find((group) => nameOf(group.descriptor) === child) ?? { descriptor, children: new Map() }
    ]))
  }
}

/** What a command line of a command came to: what it runs, or what the parser answers itself. */
export type Parsed = CommandDirective.BuiltIn | {
  readonly _tag: "UserDefined"
  readonly leftover: ReadonlyArray<string>
  readonly run: Effect.Effect<void, unknown, Environment>
}

/** A command of the first level. */
export interface Loaded {
  readonly node: Node
  readonly parse: (
    args: ReadonlyArray<string>,
    config: CliConfig.CliConfig
  ) => Effect.Effect<Parsed, ValidationError.ValidationError, Environment>
}

/** A command of the first level as its module and its description make it. */
export const loaded = <Name extends string, E, R extends Environment, A>(
  command: Command.Command<Name, R, E, A>,
  description: string,
  groups: ReadonlyArray<Node> = []
): Loaded => {
  const { descriptor, handler, transform } = Command.withDescription(command, description)
  return {
    node: node(descriptor, groups),
    parse: (args, config) =>
      Effect.map(
        Descriptor.parse(descriptor, args, config),
        (directive): Parsed =>
          directive._tag === "BuiltIn" ? directive : {
            _tag: directive._tag,
            leftover: directive.leftover,
            run: transform(handler(directive.value), directive.value)
          }
      )
  }
}

/** The command that the start of a command line names, how it is named, and what is left of the line. */
export const find = (top: string, root: Node, args: ReadonlyArray<string>) => {
  let found = root
  let depth = 0
  for (const arg of args) {
    const child = found.children.get(arg)
    if (child === undefined) break
    found = child
    depth++
  }
  return { node: found, path: [top, ...args.slice(0, depth)], rest: args.slice(depth) }
}

export type Found = ReturnType<typeof find>
