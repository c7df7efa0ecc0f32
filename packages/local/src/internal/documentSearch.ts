import type * as Documents from "@effect-pinecone/schema/Documents"
import * as Limits from "@effect-pinecone/schema/Limits"
import * as Effect from "effect/Effect"
import type { DocumentFields, Embedded } from "./documentFields.js"
import * as filters from "./filter.js"
import type { Job } from "./job.js"
import * as job from "./job.js"
import * as lane from "./lane.js"
import type { Hit, NamespaceView, StoredRecord } from "./namespaceView.js"
import * as problem from "./problem.js"
import * as records from "./records.js"
import * as queryParser from "./text/queryParser.js"
import type { Clause } from "./text/queryTree.js"
import * as queryTree from "./text/queryTree.js"
import type { TextIndex } from "./text/textIndex.js"
import * as textSearch from "./text/textSearch.js"

const { limits } = Limits

/** What documents are scored by, checked. */
export type Scoring =
  | { readonly by: "text"; readonly clauses: ReadonlyArray<Clause> }
  | { readonly by: "dense"; readonly vector: Float32Array }
  | { readonly by: "sparse"; readonly sparseVector: NonNullable<StoredRecord["sparseValues"]> }
  | { readonly by: "embed"; readonly as: "dense" | "sparse"; readonly embed: Embedded; readonly query: string }

type Method = Documents.ScoringMethod

const types = ["text", "query_string", "dense_vector", "sparse_vector", "embed", "sparse_embed"] as const

type Type = (typeof types)[number]

const isType = (type: string): type is Type => types.some((known) => known === type)

const shown = (name: string): string => `'${name.slice(0, 100)}'`

const listed = (names: Iterable<string>): string => {
  const all = Array.from(names, shown)
  return all.length === 0 ? "it has none" : `it has ${all.slice(0, 10).join(", ")}${all.length > 10 ? ", ..." : ""}`
}

/** Which of its parts a clause takes beside its fields. */
const parts: { readonly [T in Type]: "query" | "values" | "sparseValues" } = {
  text: "query",
  query_string: "query",
  dense_vector: "values",
  sparse_vector: "sparseValues",
  embed: "query",
  sparse_embed: "query"
}

const wireNames = { query: "query", values: "values", sparseValues: "sparse_values" } as const

/** The fields that a clause names. */
const fieldsOf = (at: string, { field, fields }: Method): ReadonlyArray<string> | string => {
  if (field !== undefined && fields !== undefined) return `${at} must have either fields or field, not both`
  const names = fields ?? (field === undefined ? [] : [field])
  return names.length === 0 ? `${at} must name its fields` : Array.from(new Set(names))
}

/** The one field that a clause names. */
const fieldOf = (at: string, type: Type, method: Method, known: string | undefined): string | undefined => {
  const names = fieldsOf(at, method)
  if (typeof names === "string") return names
  if (names.length > 1) return `${at} of type ${type} must name exactly one field, got ${names.length}`
  return names[0] === known
    ? undefined
    : `${at}: field ${shown(names[0]!)} cannot be scored by ${type}: a field of the index must be made for it, and ${
      listed(known === undefined ? [] : [known])
    }`
}

const queryOf = (at: string, { query }: Method): { readonly query: string } | string => {
  const trimmed = query?.trim() ?? ""
  if (trimmed === "") return `${at} must have a query that is not blank`
  const bytes = Buffer.byteLength(trimmed)
  return bytes > limits.queryBytes
    ? `${at}: the query is ${bytes} bytes long, which exceeds the limit of ${limits.queryBytes} bytes`
    : { query: trimmed }
}

const textOf = (fields: DocumentFields, at: string, method: Method, query: string): Scoring | string => {
  const names = fieldsOf(at, method)
  if (typeof names === "string") return names
  const other = names.find((name) => !fields.fullText.has(name))
  return other === undefined
    ? { by: "text", clauses: [queryTree.words(query, names)] }
    : `${at}: field ${shown(other)} is not a full-text field of the index: ${listed(fields.fullText)}`
}

const queryStringOf = (fields: DocumentFields, at: string, method: Method, query: string): Scoring | string => {
  if (method.field !== undefined || method.fields !== undefined) {
    return `${at} of type query_string must not have fields: name them in the query, as in title:(word)`
  }
  if (fields.fullText.size === 0) return `${at}: the index has no full-text field`
  const parsed = queryParser.parse(query, fields.fullText)
  return parsed instanceof queryParser.QueryProblem
    ? `${at}: ${parsed.message}`
    : { by: "text", clauses: [parsed] }
}

const embedOf = (
  at: string,
  type: "embed" | "sparse_embed",
  embed: Embedded | undefined,
  method: Method,
  query: string
): Scoring | string =>
  fieldOf(at, type, method, embed?.name) ??
    // What has passed the check above is there.
    (embed === undefined ? "" : { by: "embed", as: type === "embed" ? "dense" : "sparse", embed, query })

const vectorOf = (
  { dense, sparse }: DocumentFields,
  at: string,
  type: "dense_vector" | "sparse_vector",
  method: Method
): Scoring | string => {
  const misnamed = fieldOf(at, type, method, type === "dense_vector" ? dense?.name : sparse?.name)
  if (misnamed !== undefined) return misnamed
  const { sparseValues, values } = method
  if (type === "sparse_vector") {
    if (sparseValues === undefined) return `${at} of type ${type} must have sparse_values`
    const wrong = records.sparseProblem(sparseValues)
    return wrong === undefined ? { by: "sparse", sparseVector: sparseValues } : `${at}: ${wrong}`
  }
  if (values === undefined) return `${at} of type ${type} must have values`
  return values.length === dense?.dimension
    ? { by: "dense", vector: values }
    : `${at}: values has ${values.length} numbers, which does not match the dimension of ${dense?.dimension}`
}

const clauseOf = (fields: DocumentFields, at: string, method: Method): Scoring | string => {
  const { type } = method
  if (!isType(type)) return `${at}.type must be one of ${types.join(", ")}, got ${shown(type)}`
  for (const part of ["query", "values", "sparseValues"] as const) {
    if (part !== parts[type] && method[part] !== undefined) {
      return `${at} of type ${type} must not have ${wireNames[part]}`
    }
  }
  if (type === "dense_vector" || type === "sparse_vector") return vectorOf(fields, at, type, method)
  const query = queryOf(at, method)
  if (typeof query === "string") return query
  switch (type) {
    case "text":
      return textOf(fields, at, method, query.query)
    case "query_string":
      return queryStringOf(fields, at, method, query.query)
    case "embed":
      return embedOf(at, type, fields.embed, method, query.query)
    case "sparse_embed":
      return embedOf(at, type, fields.sparseEmbed, method, query.query)
  }
}

/** What a search scores by, or why it cannot. */
export const scoringOf = (
  fields: DocumentFields,
  methods: ReadonlyArray<Method>
): Effect.Effect<Scoring, problem.Problem> => {
  if (methods.length === 0) return problem.badRequest("score_by must have at least one clause")
  if (methods.length > limits.scoreBy) {
    return problem.badRequest(`score_by must have at most ${limits.scoreBy} clauses, got ${methods.length}`)
  }
  const alone = methods.find(({ type }) => type !== "text" && type !== "query_string")
  if (methods.length > 1 && alone !== undefined) {
    return problem.badRequest(
      `score_by may have several clauses only if each is text or query_string, and a clause of type ${
        shown(alone.type)
      } must stand alone`
    )
  }
  const clauses: Array<Clause> = []
  for (const [i, method] of methods.entries()) {
    const scoring = clauseOf(fields, `score_by[${i}]`, method)
    if (typeof scoring === "string") return problem.badRequest(scoring)
    if (scoring.by !== "text") return Effect.succeed(scoring)
    for (const clause of scoring.clauses) clauses.push(clause)
  }
  return Effect.succeed({ by: "text", clauses })
}

// -----------------------------------------------------------------------------
// Filters
// -----------------------------------------------------------------------------

const words = /[\p{L}\p{M}\p{N}]+/gu

/** Why a text cannot be matched. */
const matchProblem = (field: string, operator: string, text: string): filters.FilterProblem | undefined => {
  const tokens = text.match(words)?.length ?? 0
  return tokens > limits.matchTokens
    ? new filters.FilterProblem(
      `the ${operator} operator takes at most ${limits.matchTokens} tokens, got ${tokens} (field '${field}')`
    )
    : undefined
}

/** Refuses a filter that cannot be used, before anything is searched. */
export const checkFilter = (
  { fullText }: DocumentFields,
  filter: object | undefined
): Effect.Effect<void, problem.Problem> => {
  if (filter === undefined) return Effect.void
  const compiled = filters.compileSearch(filter, {
    names: fullText,
    match: (field, operator, text) => matchProblem(field, operator, text) ?? (() => false)
  })
  return compiled instanceof filters.FilterProblem ? problem.badRequest(compiled.message) : Effect.void
}

/** A filter that has been checked, over the texts as they are now, and what finds those that match. */
const filterOver = (
  { fullText }: DocumentFields,
  texts: TextIndex | undefined,
  filter: object | undefined
): { readonly predicate: filters.SearchPredicate | undefined; readonly jobs: ReadonlyArray<Job<unknown>> } => {
  if (filter === undefined) return { predicate: undefined, jobs: [] }
  const jobs: Array<Job<unknown>> = []
  const compiled = filters.compileSearch(filter, {
    names: fullText,
    match: (field, operator, text) => {
      if (texts === undefined) return () => false
      // A record that changes before the search begins is asked for at once.
      const found = job.asked(textSearch.matching(texts, operator, field, text))
      jobs.push(found)
      return (slot) => found.result()(slot)
    }
  })
  return { predicate: compiled instanceof filters.FilterProblem ? () => false : compiled, jobs }
}

// -----------------------------------------------------------------------------
// Searching
// -----------------------------------------------------------------------------

export interface Options {
  readonly scoring: Exclude<Scoring, { readonly by: "embed" }>
  readonly topK: number
  readonly filter: object | undefined
  readonly includeValues: boolean
}

/** The best documents of a namespace, as they are when this begins. The filter is one that `checkFilter` has let pass. */
export const search = (
  fields: DocumentFields,
  view: NamespaceView,
  { filter, includeValues, scoring, topK }: Options
): Effect.Effect<ReadonlyArray<Hit>> =>
  lane.run(() => {
    const { jobs, predicate } = filterOver(fields, view.texts, filter)
    const options = { topK, predicate, includeValues }
    const found = scoring.by === "text"
      ? view.searchTexts({ ...options, clauses: scoring.clauses })
      : scoring.by === "dense"
      ? view.search({ ...options, vector: scoring.vector, onlyDense: true })
      : view.search({ ...options, sparseVector: scoring.sparseVector })
    return jobs.length === 0 ? found : job.inTurn(jobs, found)
  })
