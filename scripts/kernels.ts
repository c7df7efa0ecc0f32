/**
 * Assembles the loops of the embedded server that are written in WebAssembly: `kernel.wat` becomes the bytes of `bytes.ts`.
 *
 * With `--check` nothing is written, and the exit code says whether the bytes are up to date.
 */
import * as Fs from "node:fs"
import * as Path from "node:path"
import wabt from "wabt"
import { root } from "./workspace.js"

const folder = Path.join(root, "packages/local/src/internal/kernel")
const source = Path.join(folder, "kernel.wat")
const target = Path.join(folder, "bytes.ts")

/** What the source assembles to. */
export const assemble = async (): Promise<Uint8Array> => {
  const { parseWat } = await wabt()
  const module = parseWat("kernel.wat", Fs.readFileSync(source, "utf8"), { simd: true, threads: true })
  try {
    const bytes = new Uint8Array(module.toBinary({}).buffer)
    // The validation of the assembler knows nothing of shared memories.
    if (!WebAssembly.validate(bytes)) throw new Error(`${source} is not valid`)
    return bytes
  } finally {
    module.destroy()
  }
}

const perLine = 24

const lines = (bytes: Uint8Array): ReadonlyArray<string> =>
  Array.from(
    { length: Math.ceil(bytes.length / perLine) },
    (_, i) => `  ${Array.from(bytes.subarray(i * perLine, (i + 1) * perLine)).join(", ")}`
  )

const text = (bytes: Uint8Array): string =>
  `/* eslint-disable @effect/dprint -- it would give each number a line of its own. */

/** What \`kernel.wat\` assembles to: written by \`pnpm kernels\`. */
export const bytes: Uint8Array<ArrayBuffer> = Uint8Array.from([
${lines(bytes).join(",\n")}
])
`

if (process.argv[1] === import.meta.filename) {
  const bytes = await assemble()
  const expected = text(bytes)
  const isCurrent = Fs.existsSync(target) && Fs.readFileSync(target, "utf8") === expected
  if (!process.argv.includes("--check")) Fs.writeFileSync(target, expected)
  else if (!isCurrent) {
    console.error(`${Path.relative(root, target)} is not up to date: run \`pnpm kernels\``)
    process.exitCode = 1
  }
  console.log(`${bytes.length} bytes of WebAssembly`)
}
