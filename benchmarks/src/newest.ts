/** The newest version of the official client, where it runs on this Node. */
import { program } from "./bundle.js"
import { once, withProcesses } from "./children.js"
import { manifest } from "./machine.js"
import * as sinks from "./sinks.js"

export interface Newest {
  readonly version: string
  readonly runs: boolean
  readonly note: string
}

let known: Promise<Newest> | undefined

const tryIt = (): Promise<Newest> =>
  withProcesses(async (start) => {
    const { engines, version } = manifest("pinecone-newest")
    const { url } = await sinks.http(start)
    const declared = engines?.node === undefined ? "" : `, which declares Node ${engines.node},`
    try {
      await once(process.execPath, [await program("newestTrial"), url], { seconds: 20 })
      return {
        version,
        runs: true,
        note: `the newest official client, ${version}${declared} runs on ${process.version}`
      }
    } catch {
      return {
        version,
        runs: false,
        note: `the newest official client, ${version}${declared} does not run on ${process.version} and is left out`
      }
    }
  })

/** Tried once, with one request. */
export const newestThatRuns = (): Promise<Newest> => known ??= tryIt()
