import { PineconeLocal } from "@effect-pinecone/local"
import { NodeContext } from "@effect/platform-node"
import { assert, describe, it, layer } from "@effect/vitest"
import { Console, Duration, Effect, Layer } from "effect"
import { ControlPlane, Indexes, Inference } from "effect-pinecone"
import { readdirSync } from "node:fs"
import { guides, names } from "../src/guides.js"

/** Runs a program quietly on a server, which is to have no index left. */
const run = <A, E, R>(program: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const printed: Array<string> = []
    const keep = (...args: ReadonlyArray<unknown>) => Effect.sync(() => void printed.push(args.join(" ")))
    const original = yield* Console.consoleWith(Effect.succeed)
    const result = yield* Effect.withConsole(program, { ...original, log: keep, error: keep })
    const indexes = yield* Indexes.Indexes
    assert.deepStrictEqual(yield* indexes.list, [])
    return { ...result, printed: printed.join("\n") }
  })

const environment = (server: PineconeLocal.Options = {}) =>
  Layer.merge(ControlPlane.layer, Inference.layer).pipe(
    Layer.provideMerge(PineconeLocal.layer(server)),
    Layer.provideMerge(NodeContext.layer)
  )

/** Pages that describe, and have no program of their own. */
const withoutProgram = [
  "README.md",
  "admin.md",
  "benchmarks.md",
  "coming-from-another-client.md",
  "command-line.md",
  "console.md",
  "local-server.md",
  "object-stores.md",
  "telemetry.md",
  "typed-metadata.md"
]

describe("guides", () => {
  it("have a page each", () => {
    const pages = readdirSync(new URL("../../../docs", import.meta.url))
      .filter((name) => name.endsWith(".md"))
      .filter((name) => !withoutProgram.includes(name))
      .map((name) => name.replace(/\.md$/, ""))
    assert.sameMembers(pages, [...names])
  })

  it.live("parallel-upsert", () =>
    Effect.gen(function*() {
      const guide = guides["parallel-upsert"]
      const { compared, throttled } = yield* run(guide.program).pipe(Effect.provide(environment(guide.server)))
      for (const { failed, records } of [compared.one, compared.eight, compared.adaptive, throttled]) {
        assert.deepStrictEqual([records, failed], [778, 0])
      }
      assert.strictEqual(compared.one.mostInFlight, 1)
      assert.isAtMost(compared.eight.mostInFlight, 8)
      assert.isAbove(compared.adaptive.mostInFlight, 1)
      assert.isAtMost(compared.adaptive.mostInFlight, 16)
      // 39 requests of 20 ms, one after another.
      assert.isAtLeast(Duration.toMillis(compared.one.elapsed), 39 * 20)
      assert.isTrue(Duration.lessThan(compared.adaptive.elapsed, compared.one.elapsed))
      assert.isAbove(throttled.refused, 0)
      assert.strictEqual(throttled.requests, 39)
    }))

  // One server for all of them: what its model made of a page is kept for the next.
  layer(environment(), { excludeTestServices: true })((it) => {
    it.effect("assistant", () =>
      Effect.gen(function*() {
        const { answer, files, printed, snippets } = yield* run(guides.assistant.program)
        assert.deepStrictEqual(
          files.map(({ status }) => status),
          Array.from({ length: files.length }, () => "Available")
        )
        assert.isAbove(files.length, 2)
        assert.include(answer.text.toLowerCase(), "draft")
        assert.isAbove(answer.sources.length, 0)
        assert.includeMembers(files.map(({ name }) => name), answer.sources)
        assert.isAbove(snippets.length, 0)
        assert.include(printed, "> How can users toggle")
      }))

    it.effect("full-text-search", () =>
      Effect.gen(function*() {
        const { found, matches, printed, stored } = yield* run(guides["full-text-search"].program)
        assert.deepStrictEqual([stored.records, stored.failed], [778, 0])
        assert.strictEqual(matches.length, 3)
        for (const { document } of matches) assert.match(document.title, /object page/i)
        assert.deepStrictEqual(Object.keys(found).length, 3)
        for (const counts of Object.values(found)) {
          assert.hasAllKeys(counts, ["by words", "by meaning", "by both"])
        }
        // What a page names is found by its words.
        assert.isAtLeast(found["the page's words"]!["by words"]!, 18)
        assert.include(printed, "20 questions, other words than the page's")
      }))

    it.effect("blue-green", () =>
      Effect.gen(function*() {
        const { answers, left, printed, schedule } = yield* run(guides["blue-green"].program)
        const switched = answers.indexOf("green")
        assert.isAbove(switched, 0)
        assert.isTrue(answers.every((namespace, i) => namespace === (i < switched ? "blue" : "green")))
        assert.strictEqual(schedule.frequency, "daily")
        assert.deepStrictEqual(Object.keys(left.namespaces ?? {}), ["green"])
        assert.include(printed, "\"live\" points there now")
      }))

    it.effect("moving-to-documents", () =>
      Effect.gen(function*() {
        const { job, matches, stored } = yield* run(guides["moving-to-documents"].program)
        assert.deepStrictEqual([stored.records, job.recordsConverted, job.recordsSkipped], [778, 778, 0])
        assert.strictEqual(matches.length, 3)
        assert.match(matches[0]!.document.title, /draft/i)
      }))

    it.effect("batches", () =>
      Effect.gen(function*() {
        const { deleted, last, left, printed, updated, whole } = yield* run(guides.batches.program)
        // Two of a thousand at most, and one more where the source was slow: a batch waits a second to be filled.
        assert.strictEqual(whole.records, 778)
        assert.isAtLeast(whole.requests, 2)
        assert.isAtMost(whole.bytes, 2 * 2_000_000)
        assert.deepStrictEqual([last.records, last.requests, last.inFlight], [778, 8, 0])
        assert.strictEqual(updated.requests, updated.records)
        assert.deepStrictEqual([deleted.records, deleted.requests], [updated.records, 1])
        assert.strictEqual(left, 778 - deleted.records)
        assert.include(printed, "8 answered: 778 records")
      }))

    it.effect("partial-failure", () =>
      Effect.gen(function*() {
        const { bisected, collected, count, failed, fixed } = yield* run(guides["partial-failure"].program)
        assert.strictEqual(failed._tag, "PineconeBatchFailed")
        if (failed._tag !== "PineconeBatchFailed") return
        assert.strictEqual(failed.error._tag, "PineconeInvalidRequest")
        assert.strictEqual(failed.reason, "Refused")
        assert.strictEqual(failed.records.length, 100)
        const { counts, records, unsent } = failed
        assert.strictEqual(counts.records + counts.failed + records.length + unsent.length, counts.read)
        assert.deepStrictEqual([collected.records, collected.failed], [677, 101])
        assert.sameMembers(collected.failures.map(({ records }) => records.length), [100, 1])
        assert.deepStrictEqual([bisected.records, bisected.failed], [776, 2])
        assert.sameMembers(bisected.failures.map(({ error }) => error._tag), [
          "PineconeInvalidRequest",
          "PineconeLimitExceeded"
        ])
        assert.isTrue(bisected.failures.every(({ records }) => records.length === 1))
        // 2 log2(100) more at most.
        assert.isAtMost(bisected.requests, 8 + 14)
        assert.deepStrictEqual([fixed, count], [2, 778])
      }))

    it.effect("resume", () =>
      Effect.gen(function*() {
        const { count, first, second } = yield* run(guides.resume.program)
        assert.isAtLeast(first.records, 300)
        assert.isBelow(first.records, 778)
        assert.isAtMost(first.checkpoint, first.records)
        assert.strictEqual(second.records, 778 - first.checkpoint)
        assert.strictEqual(second.checkpoint, 778)
        assert.strictEqual(count, 778)
      }))

    it.effect("namespaces", () =>
      Effect.gen(function*() {
        const { everywhere, like, stored, written } = yield* run(guides.namespaces.program)
        assert.deepStrictEqual([stored, written.length], [778, 13])
        assert.strictEqual(everywhere.matches[0]?.id, like.id)
        assert.strictEqual(everywhere.matches.length, 5)
        const scores = everywhere.matches.map(({ score }) => score)
        assert.deepStrictEqual(scores, [...scores].sort((a, b) => b - a))
        assert.isAbove(new Set(everywhere.matches.map(({ namespace }) => namespace)).size, 1)
        assert.isTrue(everywhere.matches.every(({ metadata }) => metadata.words < 2000))
        assert.strictEqual(everywhere.usageByNamespace.size, 13)
        assert.deepStrictEqual(everywhere.failures, [])
      }))

    it.effect("dataframes-and-parquet", () =>
      Effect.gen(function*() {
        const { files, found, updated, upserted } = yield* run(guides["dataframes-and-parquet"].program)
        assert.deepStrictEqual(files.files.map(({ records }) => records), [300, 300, 178])
        assert.deepStrictEqual([upserted.records, upserted.checkpoint, updated.records], [778, 778, 100])
        assert.strictEqual(found.numRows, 3)
        assert.includeMembers(found.schema.fields.map(({ name }) => String(name)), ["id", "score", "title", "words"])
      }))

    it.effect("bulk-import", () =>
      Effect.gen(function*() {
        const { imported, namespaces, totalVectorCount } = yield* run(guides["bulk-import"].program)
        assert.deepStrictEqual([imported?.status, imported?.recordsImported], ["Completed", 778])
        assert.strictEqual(totalVectorCount, 778)
        assert.sameMembers(Object.keys(namespaces), ["long", "short"])
      }))

    it.effect("copying-an-index", () =>
      Effect.gen(function*() {
        const { copied, count, renamed, titled } = yield* run(guides["copying-an-index"].program)
        assert.deepStrictEqual([copied.records, copied.checkpoint, copied.failed], [878, 878, 0])
        assert.strictEqual(renamed.records, 100)
        assert.isAbove(titled.records, 0)
        assert.strictEqual(count, titled.records)
      }))

    it.effect("semantic-search", () =>
      Effect.gen(function*() {
        const { missed, right, stored } = yield* run(guides["semantic-search"].program)
        assert.strictEqual(stored.records, 778)
        assert.isAtLeast(right, 17, missed.join("\n"))
      }), 240_000)

    it.effect("hybrid-search", () =>
      Effect.gen(function*() {
        const { missed, right, stored } = yield* run(guides["hybrid-search"].program)
        assert.deepStrictEqual(stored.map(({ records }) => records), [778, 778])
        assert.isAtLeast(right, 18, missed.join("\n"))
      }), 240_000)

    it.effect("rag", () =>
      Effect.gen(function*() {
        const { prompt, sources, stored } = yield* run(guides.rag.program)
        assert.strictEqual(stored.records, 386)
        assert.strictEqual(sources.length, 3)
        assert.isTrue(sources.some((title) => title.includes("Draft")), sources.join("\n"))
        assert.include(prompt, "[1] ")
      }), 240_000)

    it.effect("rotating-a-key", () =>
      Effect.gen(function*() {
        const { found, names, old, printed, refused, rotated } = yield* run(guides["rotating-a-key"].program)
        assert.deepStrictEqual([found, refused], ["airplane", "PineconeUnauthorized"])
        assert.sameMembers(names, ["writer", "reader"])
        assert.deepStrictEqual([rotated.name, rotated.roles], [old.name, old.roles])
        assert.notStrictEqual(rotated.id, old.id)
        assert.notInclude(printed, "pckey_")
      }))

    it.effect("transports", () =>
      Effect.gen(function*() {
        const { fetch, grpc, node, printed } = yield* run(guides.transports.program)
        for (const { failed, records } of [fetch, node, grpc]) assert.deepStrictEqual([records, failed], [778, 0])
        assert.deepStrictEqual(node.titles, fetch.titles)
        assert.deepStrictEqual(grpc.titles, fetch.titles)
        assert.isBelow(grpc.bytes, fetch.bytes / 2)
        assert.include(printed, "gRPC   778 records")
      }))
  })
})
