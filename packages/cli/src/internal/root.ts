import * as Descriptor from "@effect/cli/CommandDescriptor"
import * as Effect from "effect/Effect"
import type { Loaded } from "./tree.js"
import { loaded } from "./tree.js"

interface Group {
  readonly description: string
  /** Its module is loaded when it is named: each needs another part of the SDK. */
  readonly load: Effect.Effect<Loaded>
}

const group = (description: string, load: (description: string) => Promise<Loaded>): Group => ({
  description,
  load: Effect.promise(() => load(description))
})

const groups: { readonly [name: string]: Group } = {
  index: group(
    "Indexes: list, describe, create, configure, delete, stats.",
    (about) => import("./commands/index.js").then(({ command }) => loaded(command, about))
  ),
  namespace: group(
    "Namespaces: list, describe, create, delete.",
    (about) => import("./commands/namespace.js").then(({ command }) => loaded(command, about))
  ),
  record: group(
    "Records: upsert, fetch, list, scan, update, delete, query, search.",
    (about) => import("./commands/record.js").then(({ command }) => loaded(command, about))
  ),
  document: group(
    "Documents: upsert, fetch, list, scan, search, delete.",
    (about) => import("./commands/document.js").then(({ command }) => loaded(command, about))
  ),
  export: group(
    "Write the records of a namespace to a file: JSON lines, CSV, Parquet or Arrow.",
    (about) => import("./commands/export.js").then(({ command }) => loaded(command, about))
  ),
  copy: group(
    "Copy records to another index or namespace, of the same project, another or the embedded server.",
    (about) => import("./commands/copy.js").then(({ command }) => loaded(command, about))
  ),
  diff: group(
    "Compare the records of two indexes or namespaces. The exit code is 1 if they differ.",
    (about) => import("./commands/diff.js").then(({ command }) => loaded(command, about))
  ),
  bench: group(
    "Measure how long queries take: percentiles, and queries a second.",
    (about) => import("./commands/bench.js").then(({ command }) => loaded(command, about))
  ),
  import: group(
    "Imports from object storage: start, list, describe, cancel, wait.",
    (about) => import("./commands/import.js").then(({ command }) => loaded(command, about))
  ),
  backup: group(
    "Backups: list, describe, create, delete, restore, jobs; schedule makes them regularly.",
    (about) => import("./commands/backup.js").then(({ command, schedules }) => loaded(command, about, [schedules]))
  ),
  model: group(
    "Hosted models: list, describe.",
    (about) => import("./commands/inference.js").then(({ model }) => loaded(model, about))
  ),
  embed: group(
    "Embed texts with a hosted model.",
    (about) => import("./commands/inference.js").then(({ embed }) => loaded(embed, about))
  ),
  rerank: group(
    "Put the lines of a file in the order of their relevance to a query.",
    (about) => import("./commands/inference.js").then(({ rerank }) => loaded(rerank, about))
  ),
  assistant: group(
    "Assistants: list, describe, create, delete, files, upload, delete-file, chat.",
    (about) => import("./commands/assistant.js").then(({ command }) => loaded(command, about))
  ),
  admin: group(
    "Organizations, projects and API keys, by a service account.",
    (about) => import("./commands/admin.js").then(({ command }) => loaded(command, about))
  ),
  local: group(
    "Start the embedded server, with the flags of pinecone-local: `pinecone local --help`.",
    (about) => import("./commands/local.js").then(({ command }) => loaded(command, about))
  ),
  console: group(
    "Open a console for the browser: indexes, records, searches, a map of vectors.",
    (about) => import("./commands/console.js").then(({ command }) => loaded(command, about))
  ),
  profile: group(
    "Profiles, in a file that only you can read: set, use, list, show, delete.",
    (about) => import("./commands/profile.js").then(({ command }) => loaded(command, about))
  )
}

/** The names and descriptions of the commands of the first level. */
export const names: ReadonlyArray<readonly [name: string, description: string]> = Object.entries(groups).map((
  [name, { description }]
) => [name, description])

/** A command of the first level, if there is one of that name. */
export const load = (name: string): Effect.Effect<Loaded> | undefined =>
  Object.hasOwn(groups, name) ? groups[name]!.load : undefined

/** All of them, for what has to know each option of each. */
export const all = Effect.map(
  Effect.forEach(Object.values(groups), ({ load }) => Effect.map(load, ({ node }) => node)),
  ([first, ...others]) =>
    Descriptor.withSubcommands(Descriptor.make("pinecone"), [
      ["", first!.descriptor],
      ...others.map(({ descriptor }) => ["", descriptor] as const)
    ])
)
