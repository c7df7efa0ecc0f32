/**
 * The same Parquet files from a disk, from S3 and from Azure: imported into the embedded server, read by the SDK, and written. The
 * buckets are emulators on this machine, in a process of their own, so they take a part of its processors too.
 */
import * as Indexes from "@effect-pinecone/control-plane/Indexes"
import * as VectorIndex from "@effect-pinecone/data-plane/VectorIndex"
import * as PineconeLocal from "@effect-pinecone/local/PineconeLocal"
import * as ParquetReader from "@effect-pinecone/parquet/ParquetReader"
import * as ParquetWriter from "@effect-pinecone/parquet/ParquetWriter"
import * as IndexSpec from "@effect-pinecone/schema/IndexSpec"
import * as Stores from "@effect-pinecone/stores/Stores"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import { spawn } from "node:child_process"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { pathToFileURL } from "node:url"
import { account, accountKey } from "../../packages/stores/test/utils/emulators.js"
import { temporaryFolder } from "./bundle.js"
import { versions } from "./machine.js"
import type { Benchmark, Found, Options } from "./report.js"
import { idOf, megabytes, vectorOf } from "./vectors.js"

const dimension = 384

interface Addresses {
  readonly s3: string
  readonly azure: string
}

const emulators = Effect.acquireRelease(
  Effect.async<{ readonly addresses: Addresses; readonly end: () => void }>((resume) => {
    const script = Path.join(import.meta.dirname, "storeEmulators.ts")
    const child = spawn(process.execPath, ["--import", "tsx", script], { stdio: ["pipe", "pipe", "inherit"] })
    let text = ""
    child.once("exit", (code, signal) => resume(Effect.dieMessage(`the emulators ended (${signal ?? code})`)))
    child.stdout.on("data", (piece: Buffer) => {
      text += piece.toString()
      const [line, rest] = text.split("\n")
      if (rest !== undefined) {
        resume(Effect.succeed({ addresses: JSON.parse(line!) as Addresses, end: () => child.stdin.end() }))
      }
    })
  }),
  ({ end }) => Effect.sync(end)
)

const settingsOf = ({ azure, s3 }: Addresses): Stores.Options => ({
  s3: { endpoint: s3, credentials: { accessKeyId: "S3RVER", secretAccessKey: Redacted.make("S3RVER") } },
  azure: { account, endpoint: `${azure}/${account}`, credentials: { accountKey: Redacted.make(accountKey) } }
})

const records = (count: number) =>
  Stream.range(0, count / 1000 - 1).pipe(
    Stream.mapChunks(Chunk.flatMap((thousand) =>
      Chunk.makeBy(1000, (i) => {
        const record = thousand * 1000 + i
        return { id: idOf(record), values: vectorOf(record, dimension) }
      })
    ))
  )

const timed = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<number, E, R> =>
  Effect.gen(function*() {
    const start = performance.now()
    yield* effect
    return (performance.now() - start) / 1000
  })

const median = (values: ReadonlyArray<number>): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!

const imported = (uri: string, integrationId: string | undefined, name: string) =>
  Effect.gen(function*() {
    const indexes = yield* Indexes.Indexes
    yield* indexes.create({ name, dimension, spec: IndexSpec.serverless({ cloud: "aws", region: "us-east-1" }) })
    const index = yield* VectorIndex.make({ name })
    const seconds = yield* timed(Effect.flatMap(
      index.startImport({ uri, integrationId }),
      (id) => index.waitForImport(id, { schedule: Schedule.spaced("20 millis") })
    ))
    yield* indexes.delete(name)
    return seconds
  })

const run = ({ quick }: Options): Promise<Found> =>
  Effect.gen(function*() {
    const count = Number(process.env["RECORDS"] ?? (quick ? 10_000 : 100_000))
    const rounds = quick ? 1 : 3
    const { addresses } = yield* emulators
    const settings = settingsOf(addresses)
    const folder = yield* Effect.acquireRelease(
      Effect.sync(() => Fs.mkdtempSync(Path.join(temporaryFolder(), "stores-"))),
      (folder) => Effect.sync(() => Fs.rmSync(folder, { recursive: true }))
    )
    const places = [
      { name: "file", root: folder, uri: pathToFileURL(folder).href, id: undefined },
      { name: "S3", root: "s3://bucket/export", uri: "s3://bucket/export", id: "s3" },
      { name: "Azure", root: "azure://container/export", uri: "azure://container/export", id: "azure" }
    ]
    const found = yield* Effect.gen(function*() {
      let bytes = 0
      const times = new Map(
        places.map(({ name }) => [name, { write: 0, read: new Array<number>(), import: new Array<number>() }])
      )
      for (const { name, root } of places) {
        times.get(name)!.write = yield* timed(Effect.tap(
          ParquetWriter.writeFolder(root, records(count), { namespace: "n", maxRecords: 50_000 }),
          (summary) =>
            Effect.sync(() => {
              bytes = summary.bytes
            })
        ))
      }
      for (let round = 0; round < rounds; round++) {
        for (const { id, name, root, uri } of places) {
          const own = times.get(name)!
          own.read.push(yield* timed(Stream.runDrain(ParquetReader.rows(root))))
          own.import.push(yield* imported(uri, id, `stores-${name.toLowerCase()}-${round}`))
        }
      }
      return { bytes, times }
    }).pipe(
      Effect.provide(Layer.provideMerge(
        Indexes.layer,
        PineconeLocal.layer({
          integrations: { s3: { uri: "s3://bucket", ...settings }, azure: { uri: "azure://container", ...settings } }
        })
      )),
      Effect.provide(Layer.provide(Stores.layer(settings), FetchHttpClient.layer))
    )
    const rates = places.map(({ name }) => {
      const own = found.times.get(name)!
      return {
        name,
        import: count / median(own.import),
        read: megabytes(found.bytes) / median(own.read),
        write: megabytes(found.bytes) / own.write
      }
    })
    const [file, ...buckets] = rates
    return {
      title: `${count.toLocaleString("en-US")} records of ${dimension} numbers, from a disk and from object stores`,
      versions: versions("effect", "@effect/platform"),
      notes: [
        "The stores are s3rver and azurite, in a process on the same machine: no network, but a part of its processors"
      ],
      tables: [{
        title: "Parquet files",
        columns: [
          { name: "import, records/s", digits: 0 },
          { name: "read, MB/s", digits: 0 },
          { name: "write, MB/s", digits: 0 }
        ],
        rows: rates.map(({ import: imported, name, read, write }) => ({ name, values: [imported, read, write] }))
      }],
      ratios: buckets.flatMap(({ import: imported, name, read }) => [
        { name: `import from ${name} to a file's`, value: imported / file!.import, target: { atLeast: 0.7 } },
        { name: `read from ${name} to a file's`, value: read / file!.read }
      ])
    }
  }).pipe(Effect.scoped, Effect.provide(NodeContext.layer), Effect.runPromise)

export const benchmark: Benchmark = {
  name: "stores",
  about: "the same Parquet files imported, read and written from a disk, S3 and Azure",
  minutes: 20,
  run
}
