/**
 * Draws the samples again from the test data of the Snowball project, as Debian's package `snowball-data` has it:
 * `npx tsx packages/local/test/internal/text/snowball/draw.ts /usr/share/snowball/data`.
 */
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { fileURLToPath } from "node:url"
import * as Zlib from "node:zlib"

const source = process.argv[2] ?? "/usr/share/snowball/data"

const size = 300

const linesOf = (name: string, file: string): ReadonlyArray<string> => {
  const path = Path.join(source, name, file)
  const bytes = Fs.existsSync(path) ? Fs.readFileSync(path) : Zlib.gunzipSync(Fs.readFileSync(`${path}.gz`))
  return bytes.toString().split("\n")
}

const names = [
  "danish",
  "dutch",
  "english",
  "finnish",
  "german",
  "hungarian",
  "italian",
  "norwegian",
  "portuguese",
  "romanian",
  "russian",
  "spanish",
  "swedish",
  "turkish"
]

const draw = Effect.forEach(names, (name) =>
  Effect.gen(function*() {
    const [words, stems] = [linesOf(name, "voc.txt"), linesOf(name, "output.txt")]
    const places = new Set<number>()
    while (places.size < size) {
      const place = yield* Random.nextIntBetween(0, words.length)
      if (words[place] !== "") places.add(place)
    }
    const lines = Array.from(places).sort((a, b) => a - b).map((place) => `${words[place]}\t${stems[place]}\n`)
    Fs.writeFileSync(fileURLToPath(new URL(`${name}.tsv`, import.meta.url)), lines.join(""))
  }).pipe(Effect.withRandom(Random.make(`snowball ${name}`))), { discard: true })

Effect.runSync(draw)
