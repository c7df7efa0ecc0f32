/**
 * Assembles the loops that are written in WebAssembly: each source becomes the bytes of a module beside it.
 *
 * With `--check` nothing is written, and the exit code says whether the bytes are up to date.
 */
import * as Fs from "node:fs"
import * as Path from "node:path"
import wabt from "wabt"
import { root } from "./workspace.js"

/** A loop, and the form that its module has the bytes in. */
export interface Kernel {
  readonly source: string
  readonly target: string
  readonly text: (bytes: Uint8Array) => string
}

const perLine = 24

const lines = (bytes: Uint8Array): ReadonlyArray<string> =>
  Array.from(
    { length: Math.ceil(bytes.length / perLine) },
    (_, i) => `  ${Array.from(bytes.subarray(i * perLine, (i + 1) * perLine)).join(", ")}`
  )

/** The bytes one by one. */
const asArray = (source: string) => (bytes: Uint8Array): string =>
  `/* eslint-disable @effect/dprint -- it would give each number a line of its own. */

/** What \`${source}\` assembles to: written by \`pnpm kernels\`. */
export const bytes: Uint8Array<ArrayBuffer> = Uint8Array.from([
${lines(bytes).join(",\n")}
])
`

/** The bytes as one text, which takes a third of the room in a bundle. */
const asBase64 = (source: string) => (bytes: Uint8Array): string => {
  const rows = Buffer.from(bytes).toString("base64").match(/.{1,96}/g) ?? []
  return `/** What \`${source}\` assembles to, ${bytes.length} bytes in base64: written by \`pnpm kernels\`. */
export const base64 =
  ${rows.map((row) => JSON.stringify(row)).join(" +\n  ")}
`
}

/** All of them. */
export const kernels: ReadonlyArray<Kernel> = [
  {
    source: "packages/local/src/internal/kernel/kernel.wat",
    target: "packages/local/src/internal/kernel/bytes.ts",
    text: asArray("kernel.wat")
  },
  {
    source: "packages/schema/src/internal/float32Kernel/writing.wat",
    target: "packages/schema/src/internal/float32Kernel/writing.ts",
    text: asBase64("writing.wat")
  },
  {
    source: "packages/http/src/internal/vectorJson/reading.wat",
    target: "packages/http/src/internal/vectorJson/reading.ts",
    text: asBase64("reading.wat")
  }
]

/** What a source assembles to. */
export const assemble = async ({ source }: Kernel): Promise<Uint8Array> => {
  const { parseWat } = await wabt()
  const text = Fs.readFileSync(Path.join(root, source), "utf8")
  const module = parseWat(Path.basename(source), text, { simd: true, threads: true })
  try {
    const bytes = new Uint8Array(module.toBinary({}).buffer)
    // The validation of the assembler knows nothing of shared memories.
    if (!WebAssembly.validate(bytes)) throw new Error(`${source} is not valid`)
    return bytes
  } finally {
    module.destroy()
  }
}

if (process.argv[1] === import.meta.filename) {
  for (const kernel of kernels) {
    const bytes = await assemble(kernel)
    const expected = kernel.text(bytes)
    const target = Path.join(root, kernel.target)
    const isCurrent = Fs.existsSync(target) && Fs.readFileSync(target, "utf8") === expected
    if (!process.argv.includes("--check")) Fs.writeFileSync(target, expected)
    else if (!isCurrent) {
      console.error(`${kernel.target} is not up to date: run \`pnpm kernels\``)
      process.exitCode = 1
    }
    console.log(`${kernel.source}: ${bytes.length} bytes of WebAssembly`)
  }
}
