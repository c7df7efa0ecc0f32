import * as Command from "@effect/cli/Command"
import * as Descriptor from "@effect/cli/CommandDescriptor"
import * as HashMap from "effect/HashMap"
import { command as index } from "./commands/index.js"
import type { Commands } from "./help.js"

const all = [index] as const

export const root = Command.make("pinecone").pipe(Command.withSubcommands(all))

const nameOf = (descriptor: Descriptor.Command<unknown>): string => [...Descriptor.getNames(descriptor)][0]!

/** The commands, and those within each: a command without any is its own only one. */
export const commands: Commands = new Map(all.map(({ descriptor }) => {
  const name = nameOf(descriptor)
  const children = new Map(HashMap.toEntries(Descriptor.getSubcommands(descriptor)))
  children.delete(name)
  return [name, { descriptor, children }]
}))
