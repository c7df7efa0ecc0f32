import * as Fs from "node:fs"
import * as Path from "node:path"
import { fileURLToPath } from "node:url"
import { defineWorkspace } from "vitest/config"
import shared from "./vitest.shared.js"

const root = Path.dirname(fileURLToPath(import.meta.url))

const subfolders = (folder: string): ReadonlyArray<string> =>
  Fs.existsSync(Path.join(root, folder))
    ? Fs.readdirSync(Path.join(root, folder), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => Path.join(root, folder, entry.name))
    : []

/** A package has one configuration, or one more for each way that its tests are run in. */
const packages = subfolders("packages").flatMap((folder) =>
  Fs.readdirSync(folder).filter((file) => /^vitest\.([a-z]+\.)?config\.ts$/.test(file)).map((file) =>
    Path.join(folder, file)
  )
)

/** An example needs no configuration of its own: a `test` folder is enough. */
const examples = subfolders("examples")
  .filter((folder) => Fs.existsSync(Path.join(folder, "test")))
  .map((folder) => ({
    ...shared,
    root: folder,
    test: { ...shared.test, name: `examples/${Path.basename(folder)}` }
  }))

export default defineWorkspace([...packages, ...examples])
