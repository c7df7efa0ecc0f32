import * as ExitCode from "@effect-pinecone/cli/ExitCode"
import * as Output from "@effect-pinecone/cli/Output"
import * as PineconeLocal from "@effect-pinecone/local/PineconeLocal"
import * as FileSystem from "@effect/platform/FileSystem"
import { assert, describe, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as cli from "./utils/pinecone.js"

const lines = (items: ReadonlyArray<object>) => items.map((item) => `${JSON.stringify(item)}\n`).join("")

const people = [
  { id: "ada", values: [1, 0, 0], metadata: { born: 1815 } },
  { id: "alan", values: [0, 1, 0], metadata: { born: 1912 } },
  { id: "grace", values: [0.5, 0.5, 0], metadata: { born: 1906 } }
]

const account = { clientId: "the-account", clientSecret: Redacted.make("the-secret") }

const accountVariables = { PINECONE_CLIENT_ID: "the-account", PINECONE_CLIENT_SECRET: "the-secret" }

describe("every command, against the embedded server in the process", () => {
  layer(cli.layer({ admin: account, apiKeys: [Redacted.make("key")], models: { standIns: true } }))((it) => {
    it.effect("index", () =>
      Effect.gen(function*() {
        const [created] = yield* cli.json(Output.Index, [
          "index",
          "create",
          "movies",
          "--dimension",
          "3",
          "--metric",
          "dotproduct",
          "--tag",
          "team=search",
          "--wait"
        ])
        assert.deepInclude(created, { name: "movies", dimension: 3, metric: "dotproduct", ready: true })
        assert.deepStrictEqual(yield* cli.json(Output.Index, ["index", "describe", "movies"]), [created!])
        assert.deepStrictEqual(yield* cli.json(Output.Index, ["index", "list"]), [created!])
        const [changed] = yield* cli.json(Output.Index, [
          "index",
          "configure",
          "movies",
          "--protection",
          "enabled",
          "--tag",
          "team=",
          "--tag",
          "tier=gold"
        ])
        assert.deepStrictEqual(changed?.tags, { tier: "gold" })
        assert.strictEqual((yield* cli.pinecone(["index", "delete", "movies", "--yes"])).code, ExitCode.access)
        yield* cli.succeeds(["index", "configure", "movies", "--protection", "disabled"])
        const asked = yield* cli.pinecone(["index", "delete", "movies"])
        assert.strictEqual(asked.code, ExitCode.usage)
        assert.include(asked.errors, "Add --yes")
        const [gone] = yield* cli.json(Output.Done, ["index", "delete", "movies", "--yes", "--wait"])
        assert.deepStrictEqual(gone, { action: "deleted", subject: "index movies" })
        assert.strictEqual((yield* cli.pinecone(["index", "describe", "movies"])).code, ExitCode.notFound)
      }))

    it.effect("record and namespace", () =>
      Effect.gen(function*() {
        yield* cli.succeeds(["index", "create", "people", "--dimension", "3"])
        const at = ["--index", "people", "--namespace", "en"]
        yield* cli.succeeds(["record", "upsert", "-", ...at], { input: lines(people) })
        const ids = (args: ReadonlyArray<string>) =>
          Effect.map(cli.json(Output.Id, args), (all) => all.map(({ id }) => id))
        assert.deepStrictEqual(yield* ids(["record", "list", ...at]), ["ada", "alan", "grace"])
        assert.deepStrictEqual(yield* ids(["record", "list", "--prefix", "a", "--limit", "1", ...at]), ["ada"])
        const [ada] = yield* cli.json(Output.Record, ["record", "fetch", "ada", "nobody", ...at])
        assert.deepInclude(ada, { id: "ada", metadata: { born: 1815 } })
        const modern = yield* cli.json(Output.Record, [
          "record",
          "fetch",
          "--filter",
          "{\"born\":{\"$gt\":1900}}",
          ...at
        ])
        assert.sameMembers(modern.map(({ id }) => id), ["alan", "grace"])
        const nearest = yield* cli.json(Output.Match, ["record", "query", "--vector", "[1,0,0]", "--top-k", "2", ...at])
        assert.deepStrictEqual(nearest.map(({ id }) => id), ["ada", "grace"])
        const near = yield* cli.json(Output.Match, [
          "record",
          "query",
          "--id",
          "alan",
          "--top-k",
          "1",
          "--values",
          ...at
        ])
        assert.deepStrictEqual(near[0]?.values, [0, 1, 0])
        yield* cli.succeeds(["record", "update", "ada", "--values", "-1, 0 0.25", "--set", "{\"died\":1852}", ...at])
        const [changed] = yield* cli.json(Output.Record, ["record", "scan", "--limit", "1", ...at])
        assert.deepStrictEqual(changed?.metadata, { born: 1815, died: 1852 })
        assert.deepStrictEqual(Array.from(changed?.values ?? []), [-1, 0, 0.25])
        const [updated] = yield* cli.json(Output.Done, [
          "record",
          "update",
          "--filter",
          "{\"born\":{\"$gt\":1900}}",
          "--set",
          "{\"modern\":true}",
          ...at
        ])
        assert.strictEqual(updated?.count, 2)
        const [space] = yield* cli.json(Output.Namespace, ["namespace", "list", "--index", "people"])
        assert.deepInclude(space, { name: "en", records: 3 })
        const [stats] = yield* cli.json(Output.Stats, ["index", "stats", "people"])
        assert.deepInclude(stats, { records: 3, dimension: 3, namespaces: { en: 3 } })
        yield* cli.succeeds([
          "copy",
          "--from-index",
          "people",
          "--from-namespace",
          "en",
          "--to-index",
          "people",
          "--to-namespace",
          "fr"
        ])
        yield* cli.succeeds(["record", "delete", "ada", ...at])
        const diff = yield* cli.pinecone([
          "diff",
          "--from-index",
          "people",
          "--from-namespace",
          "en",
          "--to-index",
          "people",
          "--to-namespace",
          "fr"
        ])
        assert.strictEqual(diff.code, ExitCode.failed)
        assert.deepStrictEqual(yield* cli.lines(Output.Difference, diff), [{
          id: "ada",
          kind: "onlySecond",
          fields: []
        }])
        const [bench] = yield* cli.json(Output.Bench, ["bench", "people", "--namespace", "fr", "--queries", "5"])
        assert.deepInclude(bench, { queries: 5, failed: 0, concurrency: 1 })
        yield* cli.succeeds(["record", "delete", "--all", "--yes", ...at])
        yield* cli.succeeds(["namespace", "create", "de", "--index", "people"])
        assert.strictEqual(
          (yield* cli.json(Output.Namespace, ["namespace", "describe", "de", "--index", "people"])).length,
          1
        )
        yield* cli.succeeds(["namespace", "delete", "fr", "--index", "people", "--yes"])
        const left = yield* cli.json(Output.Namespace, ["namespace", "list", "--index", "people"])
        assert.notInclude(left.map(({ name }) => name), "fr")
      }))

    it.effect("import and backup", () =>
      Effect.gen(function*() {
        const folder = yield* cli.Folder
        const fs = yield* FileSystem.FileSystem
        yield* cli.succeeds(["index", "create", "source", "--dimension", "3"])
        yield* cli.succeeds(["record", "upsert", "-", "--index", "source"], { input: lines(people) })
        yield* fs.makeDirectory(`${folder}/import`)
        yield* cli.succeeds(["export", `${folder}/import/__default__`, "--index", "source", "--part-records", "2"])
        yield* cli.succeeds(["index", "create", "target", "--dimension", "3"])
        const [started] = yield* cli.json(Output.Import, [
          "import",
          "start",
          `file://${folder}/import`,
          "--index",
          "target"
        ])
        const id = started?.id ?? ""
        const [complete] = yield* cli.passing(
          cli.json(Output.Import, ["import", "wait", id, "--index", "target"])
        )
        assert.deepInclude(complete, { id, status: "Completed", recordsImported: 3 })
        assert.deepStrictEqual(yield* cli.json(Output.Import, ["import", "list", "--index", "target"]), [complete!])
        assert.deepStrictEqual(yield* cli.json(Output.Import, ["import", "describe", id, "--index", "target"]), [
          complete!
        ])
        assert.strictEqual(
          (yield* cli.pinecone(["import", "cancel", "nothing", "--index", "target"])).code,
          ExitCode.notFound
        )
        const [backup] = yield* cli.json(Output.Backup, ["backup", "create", "target", "--name", "nightly", "--wait"])
        assert.deepInclude(backup, { index: "target", name: "nightly", status: "Ready" })
        const backupId = backup?.id ?? ""
        assert.strictEqual((yield* cli.json(Output.Backup, ["backup", "list", "--index", "target"]))[0]?.id, backupId)
        assert.strictEqual((yield* cli.json(Output.Backup, ["backup", "describe", backupId]))[0]?.records, 3)
        const [job] = yield* cli.passing(
          cli.json(Output.RestoreJob, ["backup", "restore", backupId, "restored", "--wait"])
        )
        assert.deepInclude(job, { index: "restored", status: "Completed" })
        assert.strictEqual((yield* cli.json(Output.RestoreJob, ["backup", "jobs"])).length, 1)
        yield* cli.succeeds(["diff", "--from-index", "source", "--to-index", "restored"])
        yield* cli.succeeds(["backup", "delete", backupId, "--yes"])
      }))

    it.effect("document", () =>
      Effect.gen(function*() {
        const schema = { fields: { title: { type: "string", full_text_search: {} } } }
        const documents = [
          { _id: "lights", title: "Why lighthouses blink", year: 1999 },
          { _id: "waves", title: "Waves and tides", year: 2004 }
        ]
        yield* cli.succeeds(["index", "create", "articles", "--schema", JSON.stringify(schema), "--wait"])
        const at = ["--index", "articles"]
        const [run] = yield* cli.json(Output.Run, ["document", "upsert", "-", ...at], { input: lines(documents) })
        assert.deepInclude(run, { records: 2, refused: 0 })
        assert.deepStrictEqual(yield* cli.json(Output.Document, ["document", "scan", ...at]), documents)
        assert.deepStrictEqual(yield* cli.json(Output.Document, ["document", "fetch", "waves", ...at]), [documents[1]!])
        assert.deepStrictEqual(yield* cli.json(Output.Id, ["document", "list", ...at]), [{ id: "lights" }, {
          id: "waves"
        }])
        const [found] = yield* cli.json(Output.Found, ["document", "search", "tides", ...at])
        assert.deepStrictEqual(found?.document, documents[1]!)
        yield* cli.succeeds(["document", "delete", "waves", ...at])
        assert.deepStrictEqual(yield* cli.json(Output.Id, ["document", "list", ...at]), [{ id: "lights" }])
        const wrong = yield* cli.pinecone(["document", "upsert", "-", ...at], { input: "{\"title\":\"nameless\"}\n" })
        assert.strictEqual(wrong.code, ExitCode.file)
        assert.include(wrong.errors, "standard input, line 1: \"_id\" must be a text.")
      }))

    it.effect("model, embed, rerank and the search of texts", () =>
      Effect.gen(function*() {
        const models = yield* cli.json(Output.Model, ["model", "list", "--type", "embed"])
        const dense = models.find(({ vectorType }) => vectorType === "dense")!
        assert.deepStrictEqual(yield* cli.json(Output.Model, ["model", "describe", dense.model]), [dense])
        const embedded = yield* cli.json(Output.Embedding, ["embed", "-", "--model", dense.model], {
          input: "the sea\nthe sky\n"
        })
        assert.deepStrictEqual(embedded.map(({ text }) => text), ["the sea", "the sky"])
        const reranker = (yield* cli.json(Output.Model, ["model", "list", "--type", "rerank"]))[0]!.model
        const ranked = yield* cli.json(Output.Ranked, [
          "rerank",
          "tides of the sea",
          "--model",
          reranker,
          "--top-n",
          "1"
        ], {
          input: "a stone\nthe sea and its tides\n"
        })
        assert.deepInclude(ranked[0], { index: 1, document: "the sea and its tides" })
        yield* cli.succeeds(["index", "create", "texts", "--model", dense.model, "--text-field", "text", "--wait"])
        yield* cli.succeeds(["record", "upsert", "-", "--text", "--index", "texts"], {
          input: lines([{ _id: "a", text: "a cat on a mat" }, { id: "b", text: "the price of steel", year: 2020 }])
        })
        const [hit] = yield* cli.json(Output.Hit, [
          "record",
          "search",
          "price of steel",
          "--top-k",
          "1",
          "--index",
          "texts"
        ])
        assert.deepInclude(hit, { id: "b", fields: { text: "the price of steel", year: 2020 } })
      }))

    it.effect("assistant", () =>
      Effect.gen(function*() {
        const folder = yield* cli.Folder
        const fs = yield* FileSystem.FileSystem
        const [created] = yield* cli.json(Output.Assistant, [
          "assistant",
          "create",
          "guide",
          "--instructions",
          "Be short.",
          "--wait"
        ])
        assert.deepInclude(created, { name: "guide", instructions: "Be short." })
        assert.deepStrictEqual(yield* cli.json(Output.Assistant, ["assistant", "list"]), [created!])
        assert.deepStrictEqual(yield* cli.json(Output.Assistant, ["assistant", "describe", "guide"]), [created!])
        yield* fs.writeFileString(`${folder}/notes.txt`, "The lighthouse of the harbour was built in 1850.")
        const [file] = yield* cli.passing(
          cli.json(Output.AssistantFile, ["assistant", "upload", "guide", `${folder}/notes.txt`])
        )
        assert.deepInclude(file, { name: "notes.txt", status: "Available" })
        assert.deepStrictEqual(yield* cli.json(Output.AssistantFile, ["assistant", "files", "guide"]), [file!])
        const [answer] = yield* cli.json(Output.Answer, [
          "assistant",
          "chat",
          "guide",
          "When was the lighthouse built?"
        ])
        assert.include(answer?.answer, "1850")
        yield* cli.succeeds(["assistant", "delete-file", "guide", file!.id, "--yes"])
        yield* cli.succeeds(["assistant", "delete", "guide", "--yes"])
      }))

    it.effect("admin: a key that is created is stored, and never shown", () =>
      Effect.gen(function*() {
        const env = accountVariables
        const [organization] = yield* cli.json(Output.Named, ["admin", "organizations"], { env })
        assert.isString(organization?.name)
        const [made] = yield* cli.json(Output.Named, ["admin", "create-project", "next"], { env })
        const projects = yield* cli.json(Output.Named, ["admin", "projects"], { env })
        assert.include(projects.map(({ id }) => id), made!.id)
        const created = yield* cli.succeeds(["admin", "create-key", made!.id, "ci", "--store", "ci"], { env })
        const [key] = yield* cli.lines(Output.Named, created)
        assert.deepInclude(key, { name: "ci", about: "stored in ci" })
        const folder = yield* cli.Folder
        const fs = yield* FileSystem.FileSystem
        const name = `${folder}/.config/effect-pinecone/profiles.json`
        assert.strictEqual((yield* fs.stat(name)).mode & 0o777, 0o600)
        const { profiles } = JSON.parse(yield* fs.readFileString(name))
        assert.notInclude(created.output + created.errors, profiles.ci.apiKey)
        assert.strictEqual(profiles.ci.url, PineconeLocal.controllerHost)
        // The embedded server has the data of its first project alone, and says so to a key that it knows.
        const known = yield* cli.pinecone(["index", "list", "--profile", "ci"], { env: { PINECONE_API_KEY: "" } })
        assert.include(known.errors, "The API key \"ci\" is of the project \"next\"")
        assert.deepStrictEqual(
          (yield* cli.json(Output.Named, ["admin", "keys", made!.id], { env })).map(({ id }) => id),
          [key!.id]
        )
        yield* cli.succeeds(["admin", "delete-key", key!.id, "--yes"], { env })
        const refused = yield* cli.pinecone(["index", "list", "--profile", "ci"])
        assert.include(refused.errors, "401")
        yield* cli.succeeds(["admin", "delete-project", made!.id, "--yes"], { env })
      }))
  })
})
