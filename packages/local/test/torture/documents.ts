/** A worker that writes documents with text, and searches them: what the index of their words says is what they have. */
import * as Indexes from "@effect-pinecone/control-plane/Indexes"
import * as DocumentIndex from "@effect-pinecone/data-plane/DocumentIndex"
import * as Filter from "@effect-pinecone/schema/Filter"
import * as IndexSchema from "@effect-pinecone/schema/IndexSchema"
import * as Score from "@effect-pinecone/schema/Score"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as Schema from "effect/Schema"
import * as analyser from "../../src/internal/text/analyser.js"
import * as query from "../../src/internal/text/queryTree.js"
import { collect } from "../utils/clients.js"
import { PlainIndex } from "../utils/plainText.js"
import type { Cell, Fault, Item, Items } from "./model.js"
import { attempt, cell, fault, groups, judge, pushAll } from "./model.js"
import type { Round } from "./worker.js"
import { sending } from "./worker.js"

const declaration = {
  fields: { body: IndexSchema.text(), title: IndexSchema.optional(IndexSchema.text()) },
  metadata: Schema.Struct({ group: Schema.Int, version: Schema.Int })
}

export interface Documents {
  readonly index: string
  readonly namespace: string
  readonly state: Cell<Items | undefined>
  version: number
}

export const make = (options: Pick<Documents, "index" | "namespace">): Documents => ({
  ...options,
  state: cell<Items | undefined>(undefined),
  version: 0
})

/** The kinds of the operations on documents. */
export const kinds = [
  "document upsert",
  "document update",
  "document update by filter",
  "document delete by id",
  "document delete by filter",
  "document deleteAll",
  "document search"
]

export const create = (name: string) =>
  Effect.flatMap(Indexes.Indexes, (indexes) => indexes.create({ name, schema: { fields: declaration.fields } }))

const words = ["the", "cat", "cats", "dog", "door", "lamp", "élan", "x1", "sea", "tea"]

const text = Effect.flatMap(Random.nextIntBetween(1, 40), (length) =>
  Effect.map(
    Effect.replicateEffect(Random.nextIntBetween(0, words.length), length),
    (numbers) => numbers.map((number) => words[number]!).join(" ")
  ))

/** A document as a record without a vector. */
const item = (fields: Readonly<Record<string, string | number | undefined>>): Item => {
  const metadata: Record<string, string | number> = {}
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) metadata[name] = value
  return { values: new Float32Array(), sparseValues: undefined, metadata }
}

const open = ({ index, namespace }: Pick<Documents, "index" | "namespace">) =>
  DocumentIndex.make({ name: index, namespace, ...declaration })

type Opened = Effect.Effect.Success<ReturnType<typeof open>>

// -----------------------------------------------------------------------------
// What a search must find
// -----------------------------------------------------------------------------

const analysers = {
  body: analyser.make(analyser.defaults, undefined),
  title: analyser.make(analyser.defaults, undefined)
}

const asText = (value: unknown): string | undefined => typeof value === "string" ? value : undefined

/** What is wrong with what some searches find, where the documents are these. */
const searched = (place: string, index: Opened, items: Items, terms: ReadonlyArray<string>) =>
  Effect.gen(function*() {
    const plain = new PlainIndex(analysers)
    const ids = Array.from(items.keys())
    ids.forEach((id, slot) => {
      const { body, title } = items.get(id)!.metadata
      plain.write(slot, { body: asText(body), title: asText(title) }, slot)
    })
    const faults: Array<Fault> = []
    for (const field of ["body", "title"] as const) {
      for (const term of terms) {
        const { matches } = yield* index.search({ scoreBy: Score.text(field, term), topK: 1000 })
        const found = new Map(matches.map(({ document, score }) => [document._id, score ?? NaN]))
        const expected = plain.search([query.words(term, [field])], Infinity)
        const wrong = expected.filter(({ score, slot }) =>
          !(Math.abs((found.get(ids[slot]!) ?? NaN) - score) <= 1e-5 * Math.max(1, score))
        )
        if (found.size !== expected.length || wrong.length > 0) {
          faults.push(fault(
            "wrong",
            `${place}: ${field} "${term}" finds ${found.size} documents of ${expected.length}, ${wrong.length} missing or ` +
              "with another score"
          ))
        }
      }
    }
    return faults
  })

// -----------------------------------------------------------------------------
// Steps
// -----------------------------------------------------------------------------

export const step = (round: Round, documents: Documents) =>
  Effect.gen(function*() {
    const { state } = documents
    const index = yield* open(documents)
    const items: Items = state.committed ?? new Map()
    const ids = Array.from(items.keys())
    const send = <A, E, R>(what: string, after: Items | undefined, effect: Effect.Effect<A, E, R>) =>
      Effect.zipRight(sending(round, what), attempt(state, what, after, effect))
    const version = ++documents.version
    const roll = yield* Random.nextIntBetween(0, 100)
    const group = yield* Random.nextIntBetween(0, groups)
    const changed = (change: (one: Item, id: string) => Item | undefined): Items =>
      new Map(
        Array.from(items).flatMap(([id, one]) => {
          const after = change(one, id)
          return after === undefined ? [] : [[id, after] as const]
        })
      )
    const isOwn = ({ metadata }: Item) => metadata["group"] === group
    if ((roll < 40 && ids.length < 300) || ids.length < 10) {
      const count = yield* Random.nextIntBetween(1, 60)
      const batch = new Map<string, { readonly body: string; readonly title?: string }>()
      while (batch.size < count) {
        const title = yield* text
        const id = `d-${yield* Random.nextIntBetween(0, 400)}`
        batch.set(id, { body: yield* text, ...((yield* Random.nextBoolean) ? { title } : {}) })
      }
      const written = Array.from(batch, ([_id, texts]) => ({ _id, ...texts, group, version }))
      const after = new Map([...items, ...written.map(({ _id, ...rest }) => [_id, item(rest)] as const)])
      return yield* send("document upsert", after, index.upsert(written))
    }
    if (roll < 55) {
      const chosen = new Set(ids.slice(0, yield* Random.nextIntBetween(1, 30)))
      const body = yield* text
      const after = changed((one, id) => {
        const { title: _, ...rest } = one.metadata
        return chosen.has(id) ? { ...one, metadata: { ...rest, body, version } } : one
      })
      const updates = Array.from(
        chosen,
        (_id) => ({ _id, setFields: { body, version }, removeFields: ["title"] as const })
      )
      return yield* send("document update", after, index.update(updates))
    }
    const own = Filter.eq("group", group)
    if (roll < 67) {
      const title = yield* text
      return yield* send(
        "document update by filter",
        changed((one) => isOwn(one) ? { ...one, metadata: { ...one.metadata, title, version } } : one),
        index.updateByFilter({ filter: own, setFields: { title, version } })
      )
    }
    if (roll < 77) {
      const gone = new Set(ids.slice(0, yield* Random.nextIntBetween(1, 40)))
      return yield* send(
        "document delete by id",
        changed((one, id) => gone.has(id) ? undefined : one),
        index.delete({ ids: Array.from(gone) })
      )
    }
    if (roll < 85) {
      return yield* send(
        "document delete by filter",
        changed((one) => isOwn(one) ? undefined : one),
        index.delete({ filter: own })
      )
    }
    if (roll < 88) return yield* send("document deleteAll", new Map(), index.delete({ deleteAll: true }))
    yield* sending(round, "document search")
    const term = words[yield* Random.nextIntBetween(0, words.length)]!
    return pushAll(round.faults, yield* searched("while documents are written", index, items, [term, "cat sea"]))
  }).pipe(Effect.asVoid)

/** What is wrong with the documents, or with what searches find of them. */
export const verify = (documents: Documents) =>
  Effect.gen(function*() {
    const place = `${documents.index}/${documents.namespace}`
    const index = yield* open(documents)
    const all = yield* collect(index.scan({ batchSize: 100 }))
    const found = new Map(all.map(({ _id, ...rest }) => [_id, item(rest)]))
    // An empty namespace is not told from none.
    const { state } = documents
    const none = found.size === 0 && state.committed === undefined ? undefined : found
    return [...judge(place, state, none), ...(yield* searched(place, index, found, [...words, "cat sea tea"]))]
  })
