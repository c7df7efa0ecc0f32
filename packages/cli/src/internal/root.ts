import * as Command from "@effect/cli/Command"
import * as Descriptor from "@effect/cli/CommandDescriptor"
import * as HashMap from "effect/HashMap"
import { command as admin } from "./commands/admin.js"
import { command as assistant } from "./commands/assistant.js"
import { command as backup } from "./commands/backup.js"
import { command as bench } from "./commands/bench.js"
import { command as console } from "./commands/console.js"
import { command as copy } from "./commands/copy.js"
import { command as diff } from "./commands/diff.js"
import { command as document } from "./commands/document.js"
import { command as exporting } from "./commands/export.js"
import { command as importing } from "./commands/import.js"
import { command as index } from "./commands/index.js"
import { embed, model, rerank } from "./commands/inference.js"
import { command as namespace } from "./commands/namespace.js"
import { command as profile } from "./commands/profile.js"
import { command as record } from "./commands/record.js"
import type { Commands } from "./help.js"

/** It is run without the parser: its flags are those of the server. */
const local = Command.make("local").pipe(
  Command.withDescription("Start the embedded server, with the flags of pinecone-local: `pinecone local --help`.")
)

const all = [
  index,
  namespace,
  record,
  document,
  exporting,
  copy,
  diff,
  bench,
  importing,
  backup,
  model,
  embed,
  rerank,
  assistant,
  admin,
  local,
  console,
  profile
] as const

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
