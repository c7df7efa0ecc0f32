/** What is refused before anything is sent, and what a wait ends with, is told by a span; and no message hides a word. */
import * as Assistant from "@effect-pinecone/assistant/Assistant"
import * as Assistants from "@effect-pinecone/assistant/Assistants"
import * as FileSource from "@effect-pinecone/assistant/FileSource"
import * as Backups from "@effect-pinecone/control-plane/Backups"
import * as Collections from "@effect-pinecone/control-plane/Collections"
import * as Indexes from "@effect-pinecone/control-plane/Indexes"
import * as RestoreJobs from "@effect-pinecone/control-plane/RestoreJobs"
import * as VectorIndex from "@effect-pinecone/data-plane/VectorIndex"
import * as Inference from "@effect-pinecone/inference/Inference"
import * as PineconeLocal from "@effect-pinecone/local/PineconeLocal"
import { assert, layer } from "@effect/vitest"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Predicate from "effect/Predicate"
import * as Stream from "effect/Stream"
import * as Tracer from "effect/Tracer"

type Told = readonly [span: string, operation: unknown, error: unknown]

/** A tracer that keeps the failed spans, each with the type of its error. */
const recorder = () => {
  const failed: Array<Told> = []
  const tracer = Tracer.make({
    context: (f) => f(),
    span: (name, parent, context, links, startTime, kind) => {
      const attributes = new Map<string, unknown>()
      return {
        _tag: "Span",
        name,
        spanId: "s",
        traceId: "t",
        sampled: true,
        parent,
        context,
        status: { _tag: "Started", startTime },
        attributes,
        links,
        kind,
        attribute: (key, value) => void attributes.set(key, value),
        event: () => {},
        addLinks: () => {},
        end: (_, exit) => {
          if (Exit.isFailure(exit)) {
            failed.push([name, attributes.get("db.operation.name"), attributes.get("error.type")])
          }
        }
      }
    }
  })
  return { failed, tracer }
}

/** The spans that fail with an effect, from the innermost, and the error that it fails with. */
const failing = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.suspend(() => {
    const { failed, tracer } = recorder()
    return Effect.match(Effect.withTracer(effect, tracer), {
      onFailure: (error: unknown) => ({ error, failed }),
      onSuccess: () => ({ error: "none", failed })
    })
  })

const tagOf = (error: unknown): unknown => Predicate.hasProperty(error, "_tag") ? error._tag : error

class NoFile extends Data.TaggedError("NoFile") {}

const services = Layer.mergeAll(
  Indexes.layer,
  Collections.layer,
  Backups.layer,
  RestoreJobs.layer,
  Assistants.layer,
  Inference.layer
)

layer(Layer.provideMerge(services, PineconeLocal.layer()))((it) => {
  it.effect("a refusal fails the span of its operation, once", () =>
    Effect.gen(function*() {
      const assistants = yield* Assistants.Assistants
      const backups = yield* Backups.Backups
      const indexes = yield* Indexes.Indexes
      const inference = yield* Inference.Inference
      const movies = yield* VectorIndex.make({ name: "movies" })
      const jobs = yield* RestoreJobs.RestoreJobs
      const support = yield* Assistant.make({
        name: "support",
        host: "http://control.pinecone.local/assistant/support"
      })
      const text = FileSource.fromBytes("a.txt", new Uint8Array([97]))
      const page = { limit: 0 }
      const refusals: ReadonlyArray<readonly [operation: string, effect: Effect.Effect<unknown, unknown>]> = [
        ["describe_index", indexes.exists("")],
        ["copy", VectorIndex.copy(movies, movies, { resumeFrom: -1 })],
        ["embed", inference.embedText("", { model: "" })],
        [
          "embed",
          Effect.mapError(inference.embedAll(Stream.empty, { model: "m", batchSize: 0 }), ({ error }) => error)
        ],
        ["list_restore_jobs", jobs.list(page)],
        ["list_restore_jobs", Stream.runDrain(jobs.listStream(page))],
        ["list_project_backups", backups.list(page)],
        ["list_project_backups", Stream.runDrain(backups.listStream(page))],
        ["list_index_backups", backups.list({ indexName: "movies", ...page })],
        ["list_index_backups", Stream.runDrain(backups.listStream({ indexName: "movies", ...page }))],
        ["list_assistants", assistants.list(page)],
        ["list_assistants", Stream.runDrain(assistants.listStream(page))],
        ["list_files", support.files.list(page)],
        ["list_files", Stream.runDrain(support.files.listStream(page))],
        ["list_operations", support.operations.list(page)],
        ["list_operations", Stream.runDrain(support.operations.listStream(page))],
        ["upload_file", support.files.upload(text, { multimodal: true })],
        ["upload_file", Stream.runDrain(support.files.uploadProgress(text, { multimodal: true }))],
        ["upsert_file", support.files.upsert("a/b", text)]
      ]
      for (const [operation, effect] of refusals) {
        const { error, failed } = yield* failing(effect)
        assert.include(["PineconeInvalidRequest", "PineconeLimitExceeded"], tagOf(error), operation)
        assert.deepStrictEqual(failed, [[`pinecone.${operation}`, operation, tagOf(error)]])
      }
    }))

  it.effect("a file that cannot be opened fails the span of its upload", () =>
    Effect.gen(function*() {
      const support = yield* Assistant.make({
        name: "support",
        host: "http://control.pinecone.local/assistant/support"
      })
      const source = { ...FileSource.fromBytes("a.txt", new Uint8Array()), open: Effect.fail(new NoFile()) }
      const { error, failed } = yield* failing(support.files.upload(source))
      assert.strictEqual(tagOf(error), "NoFile")
      assert.deepStrictEqual(failed, [["pinecone.upload_file", "upload_file", "NoFile"]])
    }))

  it.effect("the span of a wait has the type of its error", () =>
    Effect.gen(function*() {
      const assistants = yield* Assistants.Assistants
      const backups = yield* Backups.Backups
      const collections = yield* Collections.Collections
      const indexes = yield* Indexes.Indexes
      const jobs = yield* RestoreJobs.RestoreJobs
      const support = yield* Assistant.make({ name: "support" })
      const text = FileSource.fromBytes("a.txt", new Uint8Array([97]))
      const missing = "missing"
      const waits: ReadonlyArray<readonly [span: string, effect: Effect.Effect<unknown, unknown>]> = [
        ["Indexes.waitUntilReady", indexes.waitUntilReady(missing)],
        ["Indexes.waitUntilReady", indexes.waitUntilReady("")],
        ["Indexes.waitUntilGone", indexes.waitUntilGone("")],
        [
          "Indexes.ensure",
          indexes.ensure({ name: "", dimension: 2, spec: { serverless: { cloud: "aws", region: "" } } })
        ],
        ["Collections.waitUntilReady", collections.waitUntilReady(missing)],
        ["Backups.waitUntilReady", backups.waitUntilReady(missing)],
        ["RestoreJobs.waitUntilCompleted", jobs.waitUntilCompleted(missing)],
        ["RestoreJobs.progress", Stream.runDrain(jobs.progress(missing))],
        ["Assistants.waitUntilReady", assistants.waitUntilReady(missing)],
        ["Assistants.waitUntilGone", assistants.waitUntilGone("")],
        ["Assistant.operations.waitUntilCompleted", support.operations.waitUntilCompleted(missing)],
        ["Assistant.files.waitUntilAvailable", support.files.waitUntilAvailable(missing)],
        ["Assistant.files.uploadAndWait", support.files.uploadAndWait(text)],
        ["Assistant.files.upsertAndWait", support.files.upsertAndWait("a/b", text)]
      ]
      for (const [span, effect] of waits) {
        const { error, failed } = yield* failing(effect)
        assert.deepStrictEqual(failed.at(-1), [span, undefined, tagOf(error)])
      }
    }))

  it.effect("the key that a client has unless it is set is no word of a message", () =>
    Effect.gen(function*() {
      const indexes = yield* Indexes.Indexes
      // What a message may well say, and what an example would take for a key.
      const words = ["local", "pclocal", "pinecone-local", "api-key", "none", "test", "default", "embedded", "key"]
      for (const word of words) {
        const { message } = yield* Effect.flip(indexes.describe(word))
        assert.include(message, `"${word}"`)
        assert.notInclude(message, "redacted")
      }
    }))
})
