/** New records prepared beside the old ones, and shown to every reader at once. */
import { Console, Effect, Fiber, Ref, Schedule, Stream } from "effect"
import { BackupSchedules, Indexes } from "effect-pinecone"
import { dimension, pages, temporaryIndex } from "./common.js"

const probe = Float32Array.from({ length: dimension }, (_, i) => i === 0 ? 1 : 0)

export const program = Effect.gen(function*() {
  const index = yield* temporaryIndex("blue-green")
  const blue = yield* index.upsertAll(Stream.take(pages, 300), { namespace: "blue" })
  yield* index.waitForLsn(blue.lsn, { namespace: "blue" })
  yield* index.createNamespaceAlias("live", "blue")
  yield* Console.log(`${blue.records} records are in "blue", and "live" points at it.`)

  // Readers that know nothing but "live", before the switch and after it.
  const seen = yield* Ref.make<ReadonlyArray<string>>([])
  const reader = yield* Effect.forkScoped(
    index.query({ namespace: "live", vector: probe, topK: 5 }).pipe(
      Effect.tap(({ namespace }) => Ref.update(seen, (all) => [...all, namespace])),
      Effect.andThen(Effect.sleep("2 millis")),
      Effect.forever
    )
  )

  const green = yield* index.upsertAll(pages, { namespace: "green" })
  yield* index.waitForLsn(green.lsn, { namespace: "green" })
  const before = (yield* Ref.get(seen)).length
  yield* index.repointNamespaceAlias("live", "green")
  yield* Console.log(`${green.records} records are in "green". "live" points there now.`)
  yield* Effect.repeat(Ref.get(seen), {
    until: (all) => all.length > before + 20 && all.at(-1) === "green",
    schedule: Schedule.spaced("10 millis")
  })
  yield* Fiber.interrupt(reader)

  const answers = yield* Ref.get(seen)
  const from = (namespace: string) => answers.filter((one) => one === namespace).length
  yield* Console.log(`A reader had ${from("blue")} answers from "blue", then ${from("green")} from "green".`)

  // What was live is kept for a while, and the index is backed up every day.
  const schedules = yield* BackupSchedules.BackupSchedules
  const { name } = yield* Effect.flatMap(
    Effect.flatMap(Indexes.Indexes, (indexes) => indexes.list),
    (all) => Effect.fromNullable(all.find(({ name }) => name.startsWith("guide-blue-green")))
  )
  const schedule = yield* schedules.create(name, { name: "daily", frequency: "daily", expireAfterDays: 7 })
  yield* Console.log(`The next backup is at ${schedule.nextScheduledRun?.toISOString() ?? "no time"}.`)
  yield* schedules.delete(schedule.scheduleId)
  yield* index.deleteNamespace("blue")
  const left = yield* index.describeIndexStats()
  return { answers, schedule, left }
}).pipe(Effect.scoped)
