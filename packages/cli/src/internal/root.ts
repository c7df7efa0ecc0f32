import * as Command from "@effect/cli/Command"
import * as Descriptor from "@effect/cli/CommandDescriptor"
import * as HashMap from "effect/HashMap"
import { command as bench } from "./commands/bench.js"
import { command as copy } from "./commands/copy.js"
import { command as diff } from "./commands/diff.js"
import { command as exporting } from "./commands/export.js"
import { command as index } from "./commands/index.js"
import { command as record } from "./commands/record.js"
import type { Commands } from "./help.js"

const all = [index, record, exporting, copy, diff, bench] as const

export const root = Command.make("pinecone").pipe(Command.withSubcommands(all))

const nameOf = (descriptor: Descriptor.Command<unknown>): string => [...Descriptor.getNames(descriptor)][0]!

const descriptors: ReadonlyArray<Descriptor.Command<unknown>> = all.map(({ descriptor }) => descriptor)

/** The commands, and those within each: a command without any is its own only one. */
export const commands: Commands = new Map(descriptors.map((descriptor) => {
  const name = nameOf(descriptor)
  const children = new Map(HashMap.toEntries(Descriptor.getSubcommands(descriptor)))
  children.delete(name)
  return [name, { descriptor, children }]
}))
