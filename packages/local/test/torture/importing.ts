/** A worker that imports folders, each into a namespace that it makes. */
import * as VectorIndex from "@effect-pinecone/data-plane/VectorIndex"
import type * as BulkImport from "@effect-pinecone/schema/BulkImport"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import { pathToFileURL } from "node:url"
import { collect } from "../utils/clients.js"
import { writeParquet } from "../utils/writeParquet.js"
import type { Fault, Item, Items } from "./model.js"
import { fault, judge, pushAll, randomItem, recordsOf } from "./model.js"
import { contents } from "./reading.js"
import type { Round } from "./worker.js"
import { sending } from "./worker.js"

/** Where an import of a folder is. */
type State =
  | { readonly _tag: "Nothing" }
  /** Its answer did not come: nobody knows its id. */
  | { readonly _tag: "Asked" }
  | { readonly _tag: "Begun"; readonly id: string }
  | { readonly _tag: "Ended"; readonly id: string; readonly items: Items }
  | { readonly _tag: "Deleting"; readonly items: Items }

export interface Folder {
  readonly uri: string
  readonly namespace: string
  readonly items: Items
  state: State
}

export interface Importing {
  readonly index: string
  readonly folders: ReadonlyArray<Folder>
  /** The imports that have ended, and with how many records. */
  readonly ended: Map<string, { readonly status: string; readonly recordsImported: number }>
}

/** Writes the folders of a worker. */
export const make = (index: string, root: string) =>
  Effect.map(
    Effect.forEach([900, 2500, 6000], (count, i) =>
      Effect.gen(function*() {
        const namespace = `imported-${i}`
        const items = new Map<string, Item>()
        for (let n = 0; n < count; n++) {
          items.set(
            `${namespace}-${n}`,
            yield* Effect.map(randomItem("imports", n, { sparse: true }), (item) => ({
              ...item,
              metadata: { version: n, half: n / 2, text: "ü" }
            }))
          )
        }
        const folder = `${root}/folder-${i}`
        yield* writeParquet(folder, recordsOf(items), { namespace, rowGroupSize: 500 })
        const made: Folder = { uri: pathToFileURL(folder).href, namespace, items, state: { _tag: "Nothing" } }
        return made
      })),
    (folders): Importing => ({ index, folders, ended: new Map() })
  )

export const kinds = ["import", "import's end", "cancellation", "deletion of what was imported"]

type Model = BulkImport.ImportModel

const endOf = (index: VectorIndex.VectorIndex, id: string): Effect.Effect<Model, VectorIndex.CallError> =>
  Effect.flatMap(index.describeImport(id), (model) =>
    model.status === "Pending" || model.status === "InProgress"
      ? Effect.zipRight(Effect.sleep("15 millis"), endOf(index, id))
      : Effect.succeed(model))

const knownEnd = (importing: Importing, model: Model) => {
  importing.ended.set(model.id ?? "", { status: model.status ?? "", recordsImported: model.recordsImported ?? 0 })
}

export const step = (round: Round, importing: Importing) =>
  Effect.gen(function*() {
    const index = yield* VectorIndex.make({ name: importing.index })
    const folder = importing.folders[yield* Random.nextIntBetween(0, importing.folders.length)]!
    const { state } = folder
    if (state._tag === "Ended") {
      yield* sending(round, "deletion of what was imported")
      folder.state = { _tag: "Deleting", items: state.items }
      yield* index.deleteNamespace(folder.namespace)
      folder.state = { _tag: "Nothing" }
      return
    }
    if (state._tag !== "Nothing") return
    yield* sending(round, "import")
    folder.state = { _tag: "Asked" }
    const id = yield* index.startImport({ uri: folder.uri, errorMode: "abort" })
    folder.state = { _tag: "Begun", id }
    if ((yield* Random.nextIntBetween(0, 4)) === 0) {
      yield* Effect.sleep("20 millis")
      yield* sending(round, "cancellation")
      yield* index.cancelImport(id)
    }
    yield* sending(round, "import's end")
    const model = yield* endOf(index, id)
    knownEnd(importing, model)
    if (model.status === "Completed") folder.state = { _tag: "Ended", id, items: folder.items }
    else {
      // What a cancelled import has left is cleared with it.
      const { found } = yield* contents(importing.index)
      const held = found.get(folder.namespace)
      pushAll(round.faults, judgeEnd(folder, model, held))
      folder.state = held === undefined ? { _tag: "Nothing" } : { _tag: "Ended", id, items: held }
    }
  })

/** Whether an import says what it did. */
const judgeEnd = (
  { items, namespace, uri }: Folder,
  model: Model,
  found: Items | undefined
): ReadonlyArray<Fault> => {
  const { recordsImported = 0, status } = model
  const count = found?.size ?? 0
  const name = `the import of ${namespace}, ${status}`
  if (status === "Pending" || status === "InProgress") {
    return [fault("half-done", `${name}: does not come to its end (${uri})`)]
  }
  return [
    ...(recordsImported === count
      ? []
      : [fault("half-done", `${name}: says ${recordsImported} records, and there are ${count}`)]),
    ...(status === "Completed" && count !== items.size
      ? [fault("lost", `${name}: has ${count} records of ${items.size}`)]
      : []),
    // What there is must be as it stands in the file.
    ...(found === undefined
      ? []
      : judge(name, {
        committed: new Map(Array.from(found.keys(), (id) => [id, items.get(id)!])),
        underWay: undefined
      }, found))
  ]
}

/** What is wrong with the imports of a worker, and the namespaces that are theirs. */
export const verify = (importing: Importing, before: ReadonlyMap<string, Items>) =>
  Effect.gen(function*() {
    const index = yield* VectorIndex.make({ name: importing.index })
    const faults: Array<Fault> = []
    const listed = yield* collect(index.listImportsStream())
    const byId = new Map(listed.map((model) => [model.id, model]))
    for (const [id, { recordsImported, status }] of importing.ended) {
      const model = byId.get(id)
      if (model?.status !== status || model.recordsImported !== recordsImported) {
        faults.push(
          fault("lost", `the import ${id} was ${status}, and is ${model?.status} of ${model?.recordsImported}`)
        )
      }
    }
    for (const folder of importing.folders) {
      const { namespace, state, uri } = folder
      const held = before.get(namespace)
      if (state._tag === "Nothing" && held !== undefined) {
        faults.push(fault("resurrected", `${namespace}: is there with ${held.size} records`))
      }
      if (state._tag === "Ended") {
        pushAll(faults, judge(namespace, { committed: state.items, underWay: undefined }, held))
      }
      if (state._tag === "Deleting") {
        pushAll(
          faults,
          judge(
            namespace,
            { committed: state.items, underWay: { what: "namespace deletion", after: undefined } },
            held
          )
        )
      }
      let current = held
      let id = "id" in state ? state.id : ""
      if (state._tag === "Begun" || state._tag === "Asked") {
        const begun = state._tag === "Begun"
          ? byId.get(state.id)
          : listed.find((model) => model.uri === uri && !importing.ended.has(model.id ?? ""))
        if (begun === undefined) {
          if (state._tag === "Begun") faults.push(fault("lost", `the import ${state.id} is not there any more`))
          if (held !== undefined) faults.push(fault("half-done", `${namespace}: is there, and no import of it`))
        } else {
          id = begun.id ?? ""
          const model = yield* endOf(index, id).pipe(
            Effect.timeoutTo({ duration: "30 seconds", onSuccess: (model) => model, onTimeout: () => begun })
          )
          knownEnd(importing, model)
          current = (yield* contents(importing.index)).found.get(namespace)
          pushAll(faults, judgeEnd(folder, model, current))
        }
      }
      folder.state = current === undefined ? { _tag: "Nothing" } : { _tag: "Ended", id, items: current }
    }
    return faults
  })
