import type * as IndexModel from "@effect-pinecone/schema/IndexModel"
import * as Input from "@effect-pinecone/schema/Input"
import * as Limits from "@effect-pinecone/schema/Limits"
import type * as SearchRecords from "@effect-pinecone/schema/SearchRecords"
import * as Effect from "effect/Effect"
import * as documentFields from "./documentFields.js"
import { checkCount, checkedParameters, truncateOf } from "./modelParameters.js"
import type { EmbedOptions, InputType, Models } from "./models.js"
import type { Hit, StoredRecord } from "./namespaceView.js"
import type { Outcome } from "./operations.js"
import { compile, indexed, namespaceOf, shown, upsertProblem, written } from "./operations.js"
import * as problem from "./problem.js"
import type { LiveIndex } from "./project.js"
import * as records from "./records.js"

const { limits } = Limits

type Embed = NonNullable<IndexModel.IndexModel["embed"]>

/** How an index embeds, or why it does not. */
const embedOf = (index: LiveIndex): Effect.Effect<Embed, problem.Problem> => {
  const { embed, name } = index.document.model
  return embed === undefined
    ? problem.badRequest(
      `Index ${name} has no integrated embedding: create it for a model, or configure one, to write and search by text`
    )
    : Effect.succeed(embed)
}

/** The field of a record that the index embeds. */
const textField = (embed: Embed): string => {
  const mapped = embed.fieldMap?.["text"]
  return typeof mapped === "string" ? mapped : "text"
}

/** How a text is embedded: by these parameters, and as this unless they say otherwise. */
export const optionsOf = (
  embed: Pick<Embed, "dimension">,
  parameters: Readonly<Record<string, unknown>> | undefined,
  inputType: InputType
): EmbedOptions => ({
  inputType: parameters?.["input_type"] === "query" || parameters?.["input_type"] === "passage"
    ? parameters["input_type"]
    : inputType,
  truncate: parameters?.["truncate"] === "NONE" || parameters?.["truncate"] === "START"
    ? parameters["truncate"]
    : "END",
  dimension: embed.dimension
})

export type Vectors = Pick<StoredRecord, "values" | "sparseValues">

/** The vectors of texts, and what they cost. */
export const vectorsOf = (
  models: Models,
  model: string,
  texts: ReadonlyArray<string>,
  options: EmbedOptions
): Effect.Effect<{ readonly vectors: ReadonlyArray<Vectors>; readonly tokens: number }, problem.Problem> =>
  Effect.map(models.embed(model, texts, options), (embedded) => ({
    tokens: embedded.tokens,
    vectors: embedded.vectorType === "dense"
      ? embedded.values.map((values) => ({ values, sparseValues: undefined }))
      : embedded.values.map(({ indices, values }) => ({ values: undefined, sparseValues: { indices, values } }))
  }))

/** The header that says which models have answered for those that were asked. */
export const standIns = (models: Models, names: ReadonlyArray<string>): Readonly<Record<string, string>> => {
  const found = names.flatMap((name) => models.standInFor(name) ?? [])
  return found.length === 0 ? {} : { "x-pinecone-local-stand-in": found.join(", ") }
}

interface Line {
  readonly id: string
  readonly fields: Readonly<Record<string, unknown>>
}

/** The records of a body, one in a line. */
const parse = (body: string): Effect.Effect<ReadonlyArray<Line>, problem.Problem> =>
  Effect.gen(function*() {
    const found: Array<Line> = []
    const lines = body.split("\n")
    const count = lines.filter((line) => line.trim() !== "").length
    if (count === 0) return yield* problem.badRequest("An upsert needs at least one record")
    if (count > limits.upsertTextRecords) {
      return yield* problem.badRequest(
        `At most ${limits.upsertTextRecords} text records are allowed in an upsert, got ${count}`
      )
    }
    for (let i = 0; i < lines.length; i++) {
      if (lines[i]!.trim() === "") continue
      const value = yield* Effect.try({
        try: (): unknown => JSON.parse(lines[i]!),
        catch: () => problem.badRequest(`Line ${i + 1} is not valid JSON`)
      })
      if (!Input.isObject(value)) return yield* problem.badRequest(`Line ${i + 1} must be a JSON object`)
      const { _id, id, ...fields } = value
      if (_id !== undefined && id !== undefined) {
        return yield* problem.badRequest(
          `Line ${i + 1}: a record must have either "_id" or "id", not both`
        )
      }
      const given = _id ?? id
      if (typeof given !== "string") return yield* problem.badRequest(`Line ${i + 1}: a record needs an _id`)
      found.push({ id: given, fields })
    }
    return found
  })

/** Embeds and stores text records: all of them, or none. */
export const upsert = (
  index: LiveIndex,
  models: Models,
  namespace: string,
  body: string
): Effect.Effect<Outcome<void>, problem.Problem> =>
  Effect.gen(function*() {
    yield* documentFields.refuse(index, "writes")
    const embed = yield* embedOf(index)
    const lines = yield* parse(body)
    const field = textField(embed)
    const texts: Array<string> = []
    for (const { fields, id } of lines) {
      const text = fields[field]
      const wrong = records.idProblem(id) ?? records.metadataProblem(fields)
      if (wrong !== undefined) return yield* problem.badRequest(wrong)
      if (typeof text !== "string" || text === "") {
        return yield* problem.badRequest(`Record "${id}" needs a text in the field "${field}"`)
      }
      texts.push(text)
    }
    const { vectors } = yield* vectorsOf(models, embed.model, texts, optionsOf(embed, embed.writeParameters, "passage"))
    const upserts = lines.map(({ fields, id }, i): StoredRecord => ({
      id,
      ...vectors[i],
      // eslint-disable-next-line no-restricted-syntax -- `metadataProblem` has found nothing.
      metadata: fields as NonNullable<StoredRecord["metadata"]>
    }))
    const wrong = upsertProblem(index, upserts)
    if (wrong !== undefined) return yield* problem.badRequest(wrong)
    const lsn = yield* index.data.upsert(yield* namespaceOf(namespace), upserts)
    return [undefined, { ...written(lsn), ...standIns(models, [embed.model]) }]
  })

type Request = SearchRecords.SearchRecordsRequest

interface Target extends Vectors {
  readonly tokens: number | undefined
  /** What the hits are ranked by, unless the request says. */
  readonly text: string | undefined
}

/** What a search is for: the vectors of a text, of a record, or those that were given. */
const targetOf = (
  index: LiveIndex,
  models: Models,
  namespace: string,
  { id, inputs, vector }: Request["query"]
): Effect.Effect<Target | undefined, problem.Problem> =>
  Effect.gen(function*() {
    if ([id, inputs, vector].filter((way) => way !== undefined).length !== 1) {
      return yield* problem.badRequest("A search must have exactly one of inputs, vector and id")
    }
    if (inputs !== undefined) {
      const embed = yield* embedOf(index)
      const text = inputs["text"]
      if (typeof text !== "string" || text === "") return yield* problem.badRequest("inputs needs a text")
      const embedded = yield* vectorsOf(models, embed.model, [text], optionsOf(embed, embed.readParameters, "query"))
      return {
        values: embedded.vectors[0]?.values,
        sparseValues: embedded.vectors[0]?.sparseValues,
        tokens: embedded.tokens,
        text
      }
    }
    if (id !== undefined) {
      const misnamed = records.idProblem(id)
      if (misnamed !== undefined) return yield* problem.badRequest(misnamed)
      const { view } = yield* index.data.read(namespace)
      const record = view?.get(id)
      return record === undefined
        ? undefined
        : { values: record.values, sparseValues: record.sparseValues, tokens: undefined, text: undefined }
    }
    const { model } = index.document
    const sparse = vector?.sparseIndices === undefined || vector.sparseValues === undefined
      ? undefined
      : { indices: vector.sparseIndices, values: vector.sparseValues }
    if (vector?.values === undefined && sparse === undefined) {
      return yield* problem.badRequest("A vector needs values, or sparse_values and sparse_indices")
    }
    const wrong = records.queryProblem(model, { vector: vector?.values, sparseVector: sparse })
    if (wrong !== undefined) return yield* problem.badRequest(wrong)
    return { values: vector?.values, sparseValues: sparse, tokens: undefined, text: undefined }
  })

/** The indices that the terms of a search stand for: a hit has all of them. */
const termsOf = (
  index: LiveIndex,
  models: Models,
  { matchTerms }: Request["query"]
): Effect.Effect<ReadonlyArray<number> | undefined, problem.Problem> =>
  Effect.gen(function*() {
    const terms = matchTerms?.terms
    if (terms === undefined || terms.length === 0) return undefined
    if (matchTerms?.strategy !== undefined && matchTerms.strategy !== "all") {
      return yield* problem.badRequest("The strategy of match_terms is all")
    }
    const embed = yield* embedOf(index)
    if (index.document.model.vectorType !== "sparse") {
      return yield* problem.badRequest("match_terms is for sparse indexes with an integrated embedding")
    }
    const { vectors } = yield* vectorsOf(models, embed.model, [terms.join(" ")], { inputType: "query" })
    return Array.from(vectors[0]?.sparseValues?.indices ?? [])
  })

const fieldsOf = (
  metadata: StoredRecord["metadata"],
  names: ReadonlyArray<string> | undefined
): Readonly<Record<string, unknown>> => {
  const all: Readonly<Record<string, unknown>> = { ...metadata }
  if (names === undefined || names.includes("*")) return all
  return Object.fromEntries(names.flatMap((name) => Object.hasOwn(all, name) ? [[name, all[name]]] : []))
}

type Scored = Pick<Hit, "id" | "score" | "metadata">

/** The hits in the order of their relevance to a text, and what that cost. */
const reranked = (
  models: Models,
  hits: ReadonlyArray<Scored>,
  { model, parameters, query, rankFields, topN }: NonNullable<Request["rerank"]>,
  text: string | undefined
): Effect.Effect<{ readonly hits: ReadonlyArray<Scored>; readonly units: number }, problem.Problem> =>
  Effect.gen(function*() {
    const by = query ?? text
    if (by === undefined) return yield* problem.badRequest("rerank needs a query where the search is not by a text")
    if (rankFields.length === 0) return yield* problem.badRequest("rank_fields needs at least one field")
    if (topN !== undefined && topN < 1) return yield* problem.badRequest("top_n must be at least 1")
    const info = yield* models.find(model)
    const given = yield* checkedParameters(info, parameters)
    // No hit is nothing to rank; too many are told of as the model's own operation tells of them.
    if (hits.length > 0) yield* checkCount("documents", hits.length, info)
    const documents: Array<string> = []
    for (const { id, metadata } of hits) {
      const fields: Readonly<Record<string, unknown>> = { ...metadata }
      const missing = rankFields.find((field) => !Object.hasOwn(fields, field))
      if (missing !== undefined) return yield* problem.badRequest(`Record "${id}" has no field "${missing}" to rank by`)
      documents.push(rankFields.map((field) => String(fields[field])).join("\n"))
    }
    if (documents.length === 0) return { hits: [], units: 0 }
    const { scores, units } = yield* models.rerank(model, by, documents, { truncate: truncateOf(given) })
    const ranked = hits.map((hit, i) => ({ ...hit, score: scores[i] ?? 0 })).sort((a, b) => b.score - a.score)
    return { hits: ranked.slice(0, topN ?? ranked.length), units }
  })

/** Searches by text, vector or id. */
export const search = (
  index: LiveIndex,
  models: Models,
  namespace: string,
  { fields, query, rerank }: Request
): Effect.Effect<Outcome<SearchRecords.SearchRecordsResponse>, problem.Problem> =>
  Effect.gen(function*() {
    yield* documentFields.refuse(index, "reads")
    const { topK } = query
    if (topK < 1 || topK > limits.topK) {
      return yield* problem.badRequest(`top_k must be between 1 and ${limits.topK}, got ${topK}`)
    }
    const predicate = yield* compile(query.filter)
    const terms = yield* termsOf(index, models, query)
    const { hits: found, lsn, namespace: served, size, target } = yield* index.data.aliases.through(
      yield* namespaceOf(namespace),
      (name) =>
        Effect.gen(function*() {
          const target = yield* targetOf(index, models, name, query)
          const found = yield* index.data.search(name, {
            vector: target?.values,
            sparseVector: target?.sparseValues,
            topK,
            predicate,
            terms
          })
          return { ...found, target }
        })
    )
    // Of words, what shares none is no hit.
    const matching = target?.values === undefined && query.inputs !== undefined
      ? found.filter(({ score }) => score > 0)
      : found
    const ranked = rerank === undefined ? undefined : yield* reranked(models, matching, rerank, target?.text)
    const hits = (ranked?.hits ?? matching).map(({ id, metadata, score }) => ({
      id,
      // A score is a 32-bit float.
      score: Math.fround(score),
      fields: fieldsOf(metadata, fields)
    }))
    const usage = {
      readUnits: Math.max(1, Math.ceil(size / 100_000)),
      embedTotalTokens: target?.tokens,
      rerankUnits: ranked?.units
    }
    const names = [
      ...(query.inputs === undefined ? [] : [index.document.model.embed?.model ?? ""]),
      ...(rerank === undefined ? [] : [rerank.model])
    ]
    return [{ namespace: shown(namespace, served), result: { hits }, usage }, {
      ...indexed(lsn),
      ...standIns(models, names)
    }]
  })
