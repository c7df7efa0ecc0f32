/**
 * Each command of the tree with what it must show, as a person sees it in a terminal and as a program reads it. The commands of a
 * scenario follow on each other; scenarios know nothing of one another.
 */
import * as ExitCode from "@effect-pinecone/cli/ExitCode"
import * as Output from "@effect-pinecone/cli/Output"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"

/** What a command must show. */
export interface Shows {
  /** What a person sees. Its first group, if it has one, is the id of what was made. */
  readonly sees: RegExp
  /** What each line is that a program reads, which has an `id` where something was made. */
  readonly reads: Schema.Schema.AnyNoContext
  readonly code?: ExitCode.ExitCode
}

/** Runs a command, and gives the id of what it shows, or nothing where it shows none. */
export type Run<E, R> = (args: ReadonlyArray<string>, shows: Shows) => Effect.Effect<string, E, R>

export type Scenario = <E, R>(run: Run<E, R>, folder: string) => Effect.Effect<void, E, R>

const people = [
  { id: "ada", values: [1, 0, 0], metadata: { born: 1815 } },
  { id: "alan", values: [0, 1, 0], metadata: { born: 1912 } },
  { id: "grace", values: [0.5, 0.5, 0], metadata: { born: 1906 } }
]

const texts = [{ id: "cat", text: "a cat on a mat" }, { id: "steel", text: "the price of steel" }]

const documents = [
  { _id: "lights", title: "Why lighthouses blink", year: 1999 },
  { _id: "waves", title: "Waves and tides", year: 2004 }
]

const lines = (items: ReadonlyArray<object>) => items.map((item) => `${JSON.stringify(item)}\n`).join("")

/** The files that the scenarios read. */
export const writeFiles = (folder: string) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    yield* fs.writeFileString(`${folder}/people.jsonl`, lines(people))
    yield* fs.writeFileString(`${folder}/texts.jsonl`, lines(texts))
    yield* fs.writeFileString(`${folder}/documents.jsonl`, lines(documents))
    yield* fs.writeFileString(`${folder}/stones.txt`, "a stone\nthe sea and its tides\n")
    yield* fs.writeFileString(`${folder}/notes.txt`, "The lighthouse of the harbour was built in 1850.")
    yield* fs.makeDirectory(`${folder}/import`)
  })

const done = (what: string): Shows => ({ sees: new RegExp(`done +${what}`), reads: Output.Done })

const ran = (records: number): Shows => ({ sees: new RegExp(`records +${records}\\s`), reads: Output.Run })

const index = (name: string): Shows => ({ sees: new RegExp(`name +${name}\\s+state +\\w+`), reads: Output.Index })

const create = (name: string) => ["index", "create", name, "--dimension", "3", "--wait"]

/** Words of a command and what is in the folder of a scenario, as arguments. */
const words = (text: string): ReadonlyArray<string> => text.split(" ")

const records: Scenario = (run, folder) =>
  Effect.gen(function*() {
    const at = ["--index", "people", "--namespace", "en"]
    yield* run([...create("people"), "--tag", "team=search"], index("people"))
    yield* run(words("index list"), {
      sees: /name +state +dimension +metric[^]*people +Ready +3 +cosine/,
      reads: Output.Index
    })
    yield* run(words("index describe people"), index("people"))
    yield* run(words("index configure people --protection disabled --tag tier=gold"), index("people"))
    yield* run(["record", "upsert", `${folder}/people.jsonl`, ...at], ran(3))
    yield* run(["record", "list", ...at], { sees: /^id\s+ada\s+alan\s+grace\s/, reads: Output.Id })
    yield* run(["record", "fetch", "ada", ...at], { sees: /ada +1, 0, 0 +\{"born":1815\}/, reads: Output.Record })
    yield* run(["record", "scan", ...at], { sees: /alan +0, 1, 0 +\{"born":1912\}/, reads: Output.Record })
    yield* run(["record", "query", "--vector", "1,0,0", ...at], {
      sees: /id +score[^]*ada +1\s[^]*grace[^]*alan/,
      reads: Output.Match
    })
    yield* run(["record", "update", "ada", "--set", "{\"died\":1852}", ...at], done("updated"))
    yield* run(words("index stats people"), { sees: /records +3\s[^]*namespaces +en 3/, reads: Output.Stats })
    yield* run(words("namespace create fr --index people"), { sees: /name +fr/, reads: Output.Namespace })
    yield* run(words("namespace list --index people"), { sees: /name +records[^]*en +3\s/, reads: Output.Namespace })
    yield* run(words("namespace describe en --index people"), {
      sees: /name +en\s+records +3/,
      reads: Output.Namespace
    })
    yield* run(words("namespace delete fr --index people --yes"), done("deleted"))
    yield* run(["export", `${folder}/people.csv`, ...at], ran(3))
    const sides = words("--from-index people --from-namespace en --to-index people --to-namespace copy")
    yield* run(["copy", ...sides], ran(3))
    yield* run(["record", "delete", "alan", ...at], done("deleted"))
    yield* run(["diff", ...sides], {
      sees: /alan +only in the second[^]*1 records are not the same/,
      reads: Output.Difference,
      code: ExitCode.failed
    })
    yield* run(words("bench people --namespace copy --queries 3"), { sees: /queries +3\s[^]*p99/, reads: Output.Bench })
    yield* run(words("index delete people --yes --wait"), done("deleted"))
  })

const imports: Scenario = (run, folder) =>
  Effect.gen(function*() {
    const at = ["--index", "target"]
    const complete: Shows = { sees: /id +\S+\s+status +Completed[^]*records +3\s/, reads: Output.Import }
    yield* run(create("source"), index("source"))
    yield* run(["record", "upsert", `${folder}/people.jsonl`, "--index", "source"], ran(3))
    yield* run(["export", `${folder}/import/__default__`, "--part-records", "2", "--index", "source"], ran(3))
    yield* run(create("target"), index("target"))
    const id = yield* run(["import", "start", `file://${folder}/import`, ...at], {
      sees: /id +(\S+)\s+status +\w+/,
      reads: Output.Import
    })
    yield* run(["import", "wait", id, ...at], complete)
    yield* run(["import", "describe", id, ...at], complete)
    yield* run(["import", "list", ...at], { sees: /id +status[^]*Completed/, reads: Output.Import })
    // What is complete stays, and that it is cancelled is no mistake.
    yield* run(["import", "cancel", id, ...at], done("cancelled"))
  })

const backups: Scenario = (run) =>
  Effect.gen(function*() {
    yield* run(create("kept"), index("kept"))
    const id = yield* run(words("backup create kept --name first --wait"), {
      sees: /id +(\S+)\s+name +first\s+index +kept\s+status +Ready/,
      reads: Output.Backup
    })
    yield* run(words("backup list --index kept"), { sees: /first +kept +Ready/, reads: Output.Backup })
    yield* run(["backup", "describe", id], { sees: /name +first/, reads: Output.Backup })
    yield* run(["backup", "restore", id, "restored", "--wait"], {
      sees: /index +restored\s+status +Completed/,
      reads: Output.RestoreJob
    })
    yield* run(words("backup jobs"), { sees: /restored +Completed/, reads: Output.RestoreJob })
    yield* run(["backup", "delete", id, "--yes"], done("deleted"))
    const schedule = yield* run(words("backup schedule create kept --name nightly --every day --keep-days 7"), {
      sees: /id +(\S+)\s+name +nightly\s+frequency +daily\s+kept +7 days\s+enabled +true/,
      reads: Output.Schedule
    })
    yield* run(words("backup schedule list kept"), { sees: /nightly +daily +7 days +true/, reads: Output.Schedule })
    yield* run(["backup", "schedule", "describe", schedule], { sees: /name +nightly/, reads: Output.Schedule })
    yield* run(["backup", "schedule", "history", schedule], {
      sees: /nightly +kept +\w+/,
      reads: Output.ScheduledBackup
    })
    yield* run(["backup", "schedule", "update", schedule, "--every", "week", "--disable"], {
      sees: /frequency +weekly\s+kept +7 days\s+enabled +false/,
      reads: Output.Schedule
    })
    yield* run(["backup", "schedule", "delete", schedule, "--yes"], done("deleted"))
  })

const written: Scenario = (run, folder) =>
  Effect.gen(function*() {
    const schema = JSON.stringify({ fields: { title: { type: "string", full_text_search: {} } } })
    const at = ["--index", "articles"]
    const document: Shows = { sees: /waves +\{.*"title":"Waves and tides"/, reads: Output.Document }
    yield* run(["index", "create", "articles", "--schema", schema, "--wait"], index("articles"))
    yield* run(["document", "upsert", `${folder}/documents.jsonl`, ...at], ran(2))
    yield* run(["document", "list", ...at], { sees: /lights\s+waves/, reads: Output.Id })
    yield* run(["document", "fetch", "waves", ...at], document)
    yield* run(["document", "scan", ...at], document)
    yield* run(["document", "search", "tides", ...at], { sees: /waves +[\d.]+ +\{/, reads: Output.Found })
    yield* run(["document", "delete", "waves", ...at], done("deleted"))
  })

const models: Scenario = (run, folder) =>
  Effect.gen(function*() {
    const [dense, reranker] = ["multilingual-e5-large", "bge-reranker-v2-m3"]
    yield* run(words("model list"), { sees: /model +type[^]*multilingual-e5-large +embed/, reads: Output.Model })
    yield* run(["model", "describe", dense], { sees: /type +embed/, reads: Output.Model })
    yield* run(["embed", "the sea", "--model", dense], { sees: /the sea +-?[\d.e-]+, /, reads: Output.Embedding })
    yield* run(["rerank", "tides of the sea", `${folder}/stones.txt`, "--model", reranker], {
      sees: /line +score[^]*2 +[\d.e-]+ +the sea and its tides/,
      reads: Output.Ranked
    })
    yield* run(["index", "create", "texts", "--model", dense, "--wait"], index("texts"))
    yield* run(["record", "upsert", `${folder}/texts.jsonl`, "--text", "--index", "texts"], ran(2))
    yield* run(["record", "search", "price of steel", "--index", "texts"], {
      sees: /steel +[\d.]+ +\{"text":"the price of steel"\}/,
      reads: Output.Hit
    })
  })

const assistants: Scenario = (run, folder) =>
  Effect.gen(function*() {
    yield* run(words("assistant create guide --wait"), { sees: /name +guide\s+status +Ready/, reads: Output.Assistant })
    yield* run(words("assistant list"), { sees: /guide +Ready/, reads: Output.Assistant })
    yield* run(words("assistant describe guide"), { sees: /name +guide/, reads: Output.Assistant })
    const file = yield* run(["assistant", "upload", "guide", `${folder}/notes.txt`], {
      sees: /id +(\S+)\s+name +notes\.txt\s+status +Available/,
      reads: Output.AssistantFile
    })
    yield* run(words("assistant files guide"), { sees: /notes\.txt +Available/, reads: Output.AssistantFile })
    yield* run(["assistant", "chat", "guide", "When was the lighthouse built?"], { sees: /1850/, reads: Output.Answer })
    yield* run(["assistant", "delete-file", "guide", file, "--yes"], done("deleted"))
    yield* run(words("assistant delete guide --yes"), done("deleted"))
  })

const administration: Scenario = (run) =>
  Effect.gen(function*() {
    yield* run(words("admin organizations"), { sees: /id +name +about/, reads: Output.Named })
    const project = yield* run(words("admin create-project next"), {
      sees: /id +(\S+)\s+name +next/,
      reads: Output.Named
    })
    yield* run(words("admin projects"), { sees: /next/, reads: Output.Named })
    const key = yield* run(["admin", "create-key", project, "ci", "--store", "ci"], {
      sees: /id +(\S+)\s+name +ci\s+about +stored in ci/,
      reads: Output.Named
    })
    yield* run(["admin", "keys", project], { sees: /ci /, reads: Output.Named })
    yield* run(["admin", "delete-key", key, "--yes"], done("deleted"))
    yield* run(["admin", "delete-project", project, "--yes"], done("deleted"))
  })

const profiles: Scenario = (run) =>
  Effect.gen(function*() {
    const shown: Shows = { sees: /name +work\s[^]*key +in WORK_KEY/, reads: Output.Profile }
    yield* run(words("profile set work --key-variable WORK_KEY"), shown)
    yield* run(words("profile set other --index movies"), { sees: /name +other/, reads: Output.Profile })
    yield* run(words("profile use work"), shown)
    yield* run(words("profile list"), { sees: /\* +work[^]*other/, reads: Output.Profile })
    yield* run(words("profile show"), shown)
    yield* run(words("profile delete other --yes"), done("deleted"))
  })

export const scenarios: { readonly [name: string]: Scenario } = {
  records,
  imports,
  backups,
  documents: written,
  models,
  assistants,
  admin: administration,
  profiles
}

/** The commands that serve until they are stopped, and show no items. */
export const servers: { readonly [command: string]: RegExp } = {
  local: /Pinecone Local is ready at http:\/\/127\.0\.0\.1:\d+/,
  console: /The console is at http:\/\/\S+\. Ctrl-C ends it\./
}
