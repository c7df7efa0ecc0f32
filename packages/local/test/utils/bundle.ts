import * as Effect from "effect/Effect"
import * as Esbuild from "esbuild"
import { createRequire } from "node:module"
import { fileURLToPath } from "node:url"

const bin = fileURLToPath(new URL("../../src/bin.ts", import.meta.url))

/** The command as one file of JavaScript, which starts in a fraction of the time. */
export const bundle = (folder: string): Effect.Effect<string> => {
  const file = `${folder}/pinecone-local.mjs`
  /** What has binaries or files of its own stays where it is. */
  const whole: Esbuild.Plugin = {
    name: "whole",
    setup: (build) =>
      build.onResolve({ filter: /^(libsql|unpdf|@energetic-ai\/.*)$/ }, ({ path, resolveDir }) => ({
        path: createRequire(`${resolveDir}/importer.js`).resolve(path),
        external: true
      }))
  }
  return Effect.as(
    Effect.promise(() =>
      Esbuild.build({
        entryPoints: [bin],
        outfile: file,
        bundle: true,
        platform: "node",
        format: "esm",
        target: "node20",
        plugins: [whole],
        banner: {
          js: `import { createRequire as requiring } from "node:module"; const require = requiring(${
            JSON.stringify(bin)
          })`
        }
      })
    ),
    file
  )
}
