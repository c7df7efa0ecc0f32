/** Files that imports and uploads read, written once for all tests of a file. */
import * as NodeContext from "@effect/platform-node/NodeContext"
import { afterAll, beforeAll } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import { pathToFileURL } from "node:url"
import type { WriteRecord } from "../utils/writeParquet.js"
import { writeParquet } from "../utils/writeParquet.js"

export interface Files {
  /** The folder of an import, with the records in the namespace "imported". */
  readonly small: () => string
  /** The same, with so many records that an import takes its time. */
  readonly large: () => string
  /** A Markdown file. */
  readonly tea: () => string
}

export const sizeOfLarge = 30_000

export const useFiles = (records: ReadonlyArray<WriteRecord>): Files => {
  const folder = Fs.mkdtempSync(Path.join(Os.tmpdir(), "clients-"))
  const within = (name: string) => Path.join(folder, name)
  const write = (name: string, records: ReadonlyArray<WriteRecord>) =>
    Effect.runPromise(
      Effect.provide(writeParquet(within(name), records, { namespace: "imported" }), NodeContext.layer)
    )

  beforeAll(async () => {
    await write("small", records)
    await write("large", Array.from({ length: sizeOfLarge }, (_, i) => ({ id: `r${i}`, values: [1, 2, i] })))
    Fs.writeFileSync(within("tea.md"), "# Tea\n\nGreen tea is steeped for two minutes.\n")
  })

  afterAll(() => Fs.rmSync(folder, { recursive: true, force: true }))

  return {
    small: () => pathToFileURL(within("small")).href,
    large: () => pathToFileURL(within("large")).href,
    tea: () => within("tea.md")
  }
}
