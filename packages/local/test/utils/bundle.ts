import * as Effect from "effect/Effect"
import * as Esbuild from "esbuild"
import { writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { fileURLToPath } from "node:url"

const bin = fileURLToPath(new URL("../../src/bin.ts", import.meta.url))

/** The program of the threads, which is looked for beside the command. */
const thread = fileURLToPath(new URL("../../src/internal/sqlite/thread.js", import.meta.url))
const scanThread = fileURLToPath(new URL("../../src/internal/scans/scanThread.js", import.meta.url))

/** What has binaries or files of its own stays where it is. */
const whole: Esbuild.Plugin = {
  name: "whole",
  setup: (build) =>
    build.onResolve({ filter: /^libsql$/ }, ({ path, resolveDir }) => ({
      path: createRequire(`${resolveDir}/importer.js`).resolve(path),
      external: true
    }))
}

const build = (entry: string, outfile: string) =>
  Esbuild.build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    plugins: [whole],
    banner: {
      js: `import { createRequire as requiring } from "node:module"; const require = requiring(${
        JSON.stringify(entry)
      })`
    }
  })

/** The command as a file of JavaScript, which starts in a fraction of the time. */
export const bundle = (folder: string): Effect.Effect<string> =>
  Effect.promise(async () => {
    const file = `${folder}/pinecone-local.mjs`
    writeFileSync(`${folder}/package.json`, JSON.stringify({ type: "module" }))
    await build(thread, `${folder}/thread.js`)
    await build(scanThread, `${folder}/scanThread.js`)
    await build(bin, file)
    return file
  })
