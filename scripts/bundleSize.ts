/**
 * What a program has of the packages once it is bundled for a browser: each program may have as much as it had when its bound was
 * set, and little more. `effect` and `@effect/platform` are left out of the bundle, since an application has them anyway.
 */
import { build } from "esbuild"
import * as Path from "node:path"
import { gzipSync } from "node:zlib"
import type { Result } from "./workspace.js"

interface Program {
  readonly name: string
  readonly code: string
  /** The most bytes, minified, and compressed after that. */
  readonly most: readonly [minified: number, gzip: number]
}

const query = (imports: string): string =>
  `import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
${imports}
export const result = VectorIndex.make({ name: "movies" }).pipe(
  Effect.flatMap((index) => index.query({ vector: [0.1, 0.2], topK: 10 })),
  Effect.provide(Pinecone.layer({ apiKey: Redacted.make("none") }))
)
`

const programs: ReadonlyArray<Program> = [
  {
    name: "a query",
    code: query(`import { Pinecone, VectorIndex } from "effect-pinecone"`),
    most: [145_100, 53_100]
  },
  {
    name: "a query, with each module imported by itself",
    code: query(`import * as Pinecone from "effect-pinecone/Pinecone"
import * as VectorIndex from "effect-pinecone/VectorIndex"`),
    most: [139_100, 50_800]
  },
  {
    name: "a query, of an index that can do nothing else",
    code: `import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as IndexAt from "effect-pinecone/IndexAt"
import * as MetadataCodec from "effect-pinecone/MetadataCodec"
import * as Pinecone from "effect-pinecone/Pinecone"
import * as Query from "effect-pinecone/Query"
export const result = IndexAt.make({ name: "movies" }).pipe(
  Effect.flatMap((at) => Query.make(at, MetadataCodec.untyped).query({ vector: [0.1, 0.2], topK: 10 })),
  Effect.provide(Pinecone.layer({ apiKey: Redacted.make("none") }))
)
`,
    most: [83_400, 31_400]
  },
  {
    name: "the control plane",
    code: `export { layer } from "effect-pinecone/Indexes"`,
    most: [61_300, 18_750]
  },
  {
    name: "embeddings",
    code: `export { layer } from "effect-pinecone/Inference"`,
    most: [32_900, 11_900]
  },
  {
    name: "a filter",
    code: `export { eq } from "effect-pinecone/Filter"`,
    most: [1_300, 750]
  }
]

const bundle = async (folder: string, code: string): Promise<Uint8Array> => {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: Path.resolve(folder) },
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    platform: "browser",
    external: ["effect", "effect/*", "@effect/platform", "@effect/platform/*"],
    write: false,
    logLevel: "silent"
  })
  return outputFiles[0]!.contents
}

const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(1)} KB`

/** The size of each program in the bundle of a project that has `effect-pinecone` installed, and whether it is within its bound. */
export const bundleSizes = (
  folder: string
): Promise<ReadonlyArray<readonly [what: string, result: Result]>> =>
  Promise.all(programs.map(async ({ code, most, name }) => {
    try {
      const bytes = await bundle(folder, code)
      const sizes = [bytes.length, gzipSync(bytes, { level: 9 }).length] as const
      const [minified, gzip] = sizes.map((size, i) => `${kilobytes(size)}, at most ${kilobytes(most[i]!)}`)
      return [`bundle of ${name}: ${minified}; gzip ${gzip}`, {
        ok: sizes.every((size, i) => size <= most[i]!),
        output: "It has grown. If what is new is worth it, raise the bound in scripts/bundleSize.ts."
      }]
    } catch (error) {
      return [`bundle of ${name}`, { ok: false, output: String(error) }]
    }
  }))
