/**
 * Writing to an index that takes so many requests a second and refuses the others: how many of them get through, and how
 * many are refused. Beside it, the official client with as many requests in flight as the SDK may have, and its own retries.
 */
import { program } from "./bundle.js"
import { throttle } from "./cases.js"
import { withProcesses } from "./children.js"
import { manifest, versions } from "./machine.js"
import type { Benchmark, Found, Options } from "./report.js"
import * as sinks from "./sinks.js"
import type { SinkOptions } from "./sinkServer.js"
import type { answers as ThrottleSide } from "./throttleSide.js"

const cases: ReadonlyArray<SinkOptions & { readonly rate: number; readonly burst: number }> = [
  { rate: 20, burst: 5, delay: 20 },
  { rate: 100, burst: 10, delay: 5 },
  { rate: 100, burst: 100, delay: 5, retryAfter: 1 }
]

interface Measured {
  /** The share of the requests that the server would have taken. */
  readonly reached: number
  /** The share of the requests that it refused. */
  readonly refused: number
}

const describe = ({ burst, rate, retryAfter }: (typeof cases)[number]): string =>
  `${rate} requests a second, ${burst} at once, ${
    retryAfter === undefined ? "no Retry-After" : `Retry-After: ${retryAfter}`
  }`

const run = async ({ quick }: Options): Promise<Found> => {
  const seconds = quick ? 2 : 20
  const found: Array<{ readonly title: string; readonly sdk: Measured; readonly official: Measured }> = []
  for (const options of quick ? cases.slice(1, 2) : cases) {
    const measure = (side: "sdk" | "official"): Promise<Measured> =>
      withProcesses(async (start) => {
        const { received, url } = await sinks.http(start, { ...options, dimension: throttle.dimension })
        const child = await start<typeof ThrottleSide>(await program("throttleSide"), side)
        await child.ask("send", { url, seconds })
        const { accepted, refused } = await received()
        return {
          reached: accepted / (options.rate * seconds + options.burst),
          refused: refused / (accepted + refused)
        }
      })
    found.push({ title: describe(options), sdk: await measure("sdk"), official: await measure("official") })
  }
  const row = (name: string, { reached, refused }: Measured) => ({ name, values: [reached * 100, refused * 100] })
  return {
    title: `writing to a server that refuses what is too much, ${throttle.inFlight} requests in flight at most`,
    versions: versions("effect", "@effect/platform", "@pinecone-database/pinecone"),
    notes: [`${seconds} s for each side`],
    tables: found.map(({ official, sdk, title }) => ({
      title,
      columns: [{ name: "% of the rate", digits: 1 }, { name: "% refused", digits: 1 }],
      rows: [
        row("this SDK", sdk),
        row(`official client ${manifest("@pinecone-database/pinecone").version}`, official)
      ]
    })),
    ratios: found.flatMap(({ official, sdk, title }) => [
      { name: `rate to official, ${title}`, value: sdk.reached / official.reached },
      { name: "refused", value: sdk.refused * 100, unit: "%" }
    ])
  }
}

export const benchmark: Benchmark = {
  name: "throttle",
  about: "writing to a server that takes so many requests a second",
  minutes: 10,
  run
}
