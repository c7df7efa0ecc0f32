/**
 * Sentences through the embedding model of the embedded server: by this SDK, which makes the batches, and by the official
 * client, whose batches are made beforehand. The server is a process of its own.
 */
import * as Fs from "node:fs"
import * as Path from "node:path"
import { program, root } from "./bundle.js"
import { withProcesses } from "./children.js"
import type { answers as EmbedSide } from "./embedSide.js"
import { manifest, versions } from "./machine.js"
import type { Benchmark, Found, Options } from "./report.js"
import type { answers as ServerHost } from "./serverHost.js"
import { median } from "./vectors.js"

/** Sentences of the project's own documentation. */
const sentences = (count: number): ReadonlyArray<string> => {
  const folder = Path.join(root, "../docs")
  const text = Fs.readdirSync(folder)
    .filter((name) => name.endsWith(".md"))
    .sort()
    .map((name) => Fs.readFileSync(Path.join(folder, name), "utf8").replaceAll(/```[^]*?```/g, ""))
    .join("\n")
  const found = text.split(/(?<=[.:?])\s+|\n{2,}|\|/).map((part) => part.trim()).filter((part) => part.length >= 40)
  return Array.from({ length: count }, (_, i) => found[i % found.length]!)
}

const run = async ({ quick }: Options): Promise<Found> => {
  const texts = sentences(quick ? 192 : 960)
  const rounds = quick ? 1 : 3
  const sides = ["sdk", "official"] as const
  const rates = await withProcesses(async (start) => {
    const server = await start<typeof ServerHost>(await program("serverHost"), "{}")
    const url = await server.ask("url", undefined)
    const found = new Map(sides.map((side) => [side, [] as Array<number>]))
    const side = await program("embedSide")
    const children = await Promise.all(
      sides.map(async (one) => [one, await start<typeof EmbedSide>(side, one, url)] as const)
    )
    // The first request loads the model.
    for (const [, child] of children) await child.ask("embed", { texts: texts.slice(0, 96) }, 240)
    for (let round = 0; round < rounds; round++) {
      for (const [one, child] of children) found.get(one)!.push((await child.ask("embed", { texts }, 240)).perSecond)
    }
    return found
  })
  const of = (side: (typeof sides)[number]) => median(rates.get(side)!)
  const row = (name: string, side: (typeof sides)[number]) => ({ name, values: [of(side)] })
  return {
    title: `${texts.length} sentences through the dense model of the embedded server, 96 in a request`,
    versions: versions("effect", "@effect/platform", "@pinecone-database/pinecone"),
    notes: [`medians of ${rounds}; client and server share the cores`],
    tables: [{
      title: "Embedding",
      columns: [{ name: "sentences/s", digits: 0 }],
      rows: [
        row("this SDK", "sdk"),
        row(`official client ${manifest("@pinecone-database/pinecone").version}`, "official")
      ]
    }],
    charts: [],
    ratios: [
      { name: "sentences a second", value: of("sdk"), unit: "", target: { atLeast: 60 } },
      { name: "to official", value: of("sdk") / of("official") }
    ]
  }
}

export const benchmark: Benchmark = {
  name: "embed",
  about: "sentences through the embedding model of the embedded server",
  minutes: 10,
  run
}
