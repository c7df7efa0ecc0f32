/**
 * Compiles the examples of the documentation: each block marked `ts` in a README, in `docs/` and in the comments of the
 * sources becomes a module of its own, and is checked by the compiler.
 */
import { execFileSync } from "node:child_process"
import * as Fs from "node:fs"
import * as Path from "node:path"

const root = Path.resolve(import.meta.dirname, "..")
const out = Path.join(root, "scratchpad", ".snippets")

const files = (folder: string, matches: (name: string) => boolean): ReadonlyArray<string> =>
  Fs.existsSync(folder)
    ? Fs.readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
      const path = Path.join(folder, entry.name)
      if (entry.isDirectory()) {
        return entry.name === "node_modules" || entry.name === "dist" ? [] : files(path, matches)
      }
      return matches(entry.name) ? [path] : []
    })
    : []

const packages = Fs.readdirSync(Path.join(root, "packages"))

const sources = [
  Path.join(root, "README.md"),
  ...files(Path.join(root, "docs"), (name) => name.endsWith(".md")),
  ...files(Path.join(root, "examples"), (name) => name === "README.md"),
  ...packages.map((name) => Path.join(root, "packages", name, "README.md")).filter((path) => Fs.existsSync(path)),
  ...packages.flatMap((name) => files(Path.join(root, "packages", name, "src"), (file) => file.endsWith(".ts")))
]

/** The blocks of a file, each with the line that it begins at. */
const blocks = (path: string): ReadonlyArray<{ readonly line: number; readonly code: string }> => {
  const text = Fs.readFileSync(path, "utf8")
  return Array.from(text.matchAll(/^([ *]*)```ts\n([\s\S]*?)^[ *]*```/gm), (match) => ({
    line: text.slice(0, match.index).split("\n").length + 1,
    code: match[2]!.split("\n").map((line) => line.replace(/^ *\* ?/, "")).join("\n")
  }))
}

Fs.rmSync(out, { recursive: true, force: true })
Fs.mkdirSync(out, { recursive: true })

let count = 0
for (const source of sources) {
  for (const { code, line } of blocks(source)) {
    const name = `${Path.relative(root, source).replace(/[^A-Za-z0-9]+/g, "_")}_${line}.ts`
    Fs.writeFileSync(Path.join(out, name), `${code}\nexport {}\n`)
    count++
  }
}

Fs.writeFileSync(
  Path.join(out, "tsconfig.json"),
  JSON.stringify({
    extends: "../../tsconfig.base.json",
    compilerOptions: { noEmit: true, noUnusedLocals: false, declaration: false, declarationMap: false },
    include: ["*.ts"]
  })
)

try {
  execFileSync(process.execPath, [Path.join(root, "node_modules/typescript/bin/tsc"), "-p", out], { stdio: "inherit" })
  console.log(`${count} examples of the documentation compile`)
} catch {
  process.exitCode = 1
}
