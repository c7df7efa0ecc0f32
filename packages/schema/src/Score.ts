/**
 * What a search of documents scores them by: the words of text fields, or the nearness to a vector.
 *
 * A search takes one clause of any kind, or several that are all of text: what may not be combined, or names a field of
 * another kind, does not compile.
 *
 * ```ts
 * import * as QueryString from "@effect-pinecone/schema/QueryString"
 * import * as Score from "@effect-pinecone/schema/Score"
 *
 * const words = Score.text(["title", "body"], "why lighthouses blink")
 * const language = Score.queryString(QueryString.field("title", QueryString.phrase("blinking lights")))
 * const meaning = Score.dense("embedding", [0.1, 0.2, 0.3])
 * ```
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as DocumentFields from "./DocumentFields.js"
import * as Input from "./Input.js"
import { isObject } from "./internal/guards.js"
import { show } from "./internal/show.js"
import * as Limits from "./Limits.js"
import * as QueryString from "./QueryString.js"
import type { DenseValues, SparseValues } from "./Vector.js"
import * as Vector from "./Vector.js"

/**
 * The brand of clauses.
 *
 * @since 0.1.0
 * @category type ids
 */
export const TypeId: unique symbol = Symbol.for("@effect-pinecone/schema/Score")

/**
 * The type of the brand of clauses.
 *
 * @since 0.1.0
 * @category type ids
 */
export type TypeId = typeof TypeId

/**
 * The kinds of clauses, as Pinecone calls them.
 *
 * @since 0.1.0
 * @category models
 */
export type Kind = "text" | "query_string" | "dense_vector" | "sparse_vector" | "embed" | "sparse_embed"

/**
 * A clause of a kind that names the fields `Fields`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Score<out K extends Kind, out Fields extends string> {
  readonly [TypeId]: (_: never) => Fields
  readonly kind: K
  readonly fields: ReadonlyArray<string>
  /** The text, the query or the vector that is searched for. */
  readonly query: unknown
}

/**
 * The clauses that search the words of a document's fields.
 *
 * @since 0.1.0
 * @category type-level
 */
export type TextOf<F> = [DocumentFields.TextName<F>] extends [never] ? never
  : Score<"text" | "query_string", DocumentFields.TextName<F>>

/**
 * The clauses that search by a vector, or by one that the index makes of a text.
 *
 * @since 0.1.0
 * @category type-level
 */
export type VectorOf<F> =
  | Score<"dense_vector", DocumentFields.DenseName<F>>
  | Score<"sparse_vector", DocumentFields.SparseName<F>>
  | Score<"embed", DocumentFields.EmbedName<F>>
  | Score<"sparse_embed", DocumentFields.SparseEmbedName<F>>

/**
 * What documents with the fields `F` can be scored by: one clause, or several of text.
 *
 * @since 0.1.0
 * @category type-level
 */
export type For<F> = TextOf<F> | VectorOf<F> | ReadonlyArray<TextOf<F>>

/**
 * Any clause, or several.
 *
 * @since 0.1.0
 * @category models
 */
export type Any = Score<Kind, string> | ReadonlyArray<Score<Kind, string>>

const make = <const K extends Kind, Fields extends string>(
  kind: K,
  fields: ReadonlyArray<string>,
  query: unknown
): Score<K, Fields> => ({ [TypeId]: (_) => _, kind, fields, query })

/**
 * Whether a value is a clause.
 *
 * @since 0.1.0
 * @category guards
 */
export const isScore = (u: unknown): u is Score<Kind, string> => {
  try {
    return isObject(u) && TypeId in u
  } catch {
    return false
  }
}

/**
 * The words of a text in one or more full-text fields (BM25): any of them, as they are, without operators. At most 10 KB.
 *
 * @since 0.1.0
 * @category constructors
 */
export const text = <const Name extends string>(
  fields: Name | ReadonlyArray<Name>,
  query: string
): Score<"text", Name> => make("text", typeof fields === "string" ? [fields] : fields, query)

/**
 * A query in Lucene's language, built by `QueryString`: without fields of its own it searches all full-text fields.
 *
 * @since 0.1.0
 * @category constructors
 */
export const queryString = <Fields extends string>(
  query: QueryString.QueryString<Fields>
): Score<"query_string", Fields> => make("query_string", [], query)

/**
 * The nearness to a dense vector.
 *
 * @since 0.1.0
 * @category constructors
 */
export const dense = <const Name extends string>(field: Name, vector: DenseValues): Score<"dense_vector", Name> =>
  make("dense_vector", [field], vector)

/**
 * The nearness to a sparse vector.
 *
 * @since 0.1.0
 * @category constructors
 */
export const sparse = <const Name extends string>(field: Name, vector: SparseValues): Score<"sparse_vector", Name> =>
  make("sparse_vector", [field], vector)

/**
 * The nearness to a text, embedded by the dense model of the field.
 *
 * @since 0.1.0
 * @category constructors
 */
export const embed = <const Name extends string>(field: Name, text: string): Score<"embed", Name> =>
  make("embed", [field], text)

/**
 * The nearness to a text, embedded by the sparse model of the field.
 *
 * @since 0.1.0
 * @category constructors
 */
export const sparseEmbed = <const Name extends string>(field: Name, text: string): Score<"sparse_embed", Name> =>
  make("sparse_embed", [field], text)

// -----------------------------------------------------------------------------
// Encoding
// -----------------------------------------------------------------------------

/** What each kind needs of a field, for the error. */
const needs: Readonly<Record<string, string>> = {
  text: "full-text search",
  dense_vector: "dense vectors",
  sparse_vector: "sparse vectors",
  embed: "an embedding of its text",
  sparse_embed: "a sparse embedding of its text"
}

type Encoded = Either.Either<object, Input.Problem>

const isText = (kind: Kind): boolean => kind === "text" || kind === "query_string"

const fieldsProblem = (
  { fields, kind }: Score<Kind, string>,
  { fields: declared }: DocumentFields.Layout,
  place: Limits.Place,
  name: string
): Input.Problem | undefined => {
  if (!Input.isArray(fields) || fields.length === 0) {
    return Input.invalid(place, `${name}.fields`, `must name at least one field, got ${show(fields)}`)
  }
  for (const field of fields) {
    if (declared.get(field)?.scoredBy.has(kind) === true) continue
    const known = Array.from(declared.values()).filter(({ scoredBy }) => scoredBy.has(kind)).map(({ name }) => name)
    return Input.invalid(
      place,
      `${name}.fields`,
      `must be fields with ${needs[kind]}: ${known.length === 0 ? "the index has none" : known.join(", ")}; got ${
        show(field)
      }`
    )
  }
  return undefined
}

const textProblem = (text: unknown, place: Limits.Place, name: string): Input.Problem | undefined =>
  typeof text !== "string" || text.trim() === ""
    ? Input.mismatch(place, name, "a string with at least one character that is not a space", text)
    : Limits.check("queryBytes", `${name} (bytes)`, new TextEncoder().encode(text).length, place)

const numbers = (values: unknown, place: Limits.Place, name: string): Either.Either<Float32Array, Input.Problem> => {
  if (!Vector.isDenseValues(values) || values.length === 0) {
    return Either.left(Input.mismatch(place, name, "an array of at least one number", values))
  }
  const out = Vector.toFloat32Array(values)
  return typeof out === "number"
    ? Either.left(Input.mismatch(place, `${name}[${out}]`, "a finite 32-bit float", values[out]))
    : Either.right(out)
}

const denseOf = (
  { fields, query }: Score<Kind, string>,
  layout: DocumentFields.Layout,
  place: Limits.Place,
  name: string
): Encoded =>
  Either.flatMap(numbers(query, place, `${name}.values`), (values): Encoded => {
    const dimension = layout.fields.get(fields[0]!)?.dimension
    return dimension !== undefined && dimension !== values.length
      ? Either.left(
        Input.invalid(
          place,
          `${name}.values`,
          `must have ${dimension} numbers, as ${fields[0]} has, got ${values.length}`
        )
      )
      : Either.right({ type: "dense_vector", fields, values })
  })

const sparseOf = ({ fields, query }: Score<Kind, string>, place: Limits.Place, name: string): Encoded => {
  const at = `${name}.sparseValues`
  const given: { readonly indices?: unknown; readonly values?: unknown } = isObject(query) ? query : {}
  return Either.flatMap(numbers(given.values, place, `${at}.values`), (values): Encoded => {
    if (!Vector.isSparseIndices(given.indices) || given.indices.length !== values.length) {
      return Either.left(Input.invalid(place, at, "must have as many indices as values"))
    }
    const indices = Vector.toUint32Array(given.indices)
    if (typeof indices === "number") {
      return Either.left(
        Input.mismatch(place, `${at}.indices[${indices}]`, "an unsigned 32-bit integer", given.indices[indices])
      )
    }
    const tooMany = Limits.check("sparseValues", `${at}.indices.length`, indices.length, place)
    // As a list of numbers: the encoder of the body copies no typed indices.
    return tooMany === undefined
      ? Either.right({ type: "sparse_vector", fields, sparse_values: { indices: Array.from(indices), values } })
      : Either.left(tooMany)
  })
}

const clauseOf = (
  score: unknown,
  layout: DocumentFields.Layout,
  place: Limits.Place,
  name: string
): Encoded => {
  if (!isScore(score)) {
    return Either.left(
      Input.mismatch(place, name, "a clause, as Score.text and Score.dense make them", score)
    )
  }
  const { fields, kind, query } = score
  if (kind === "query_string") {
    if (!Array.from(layout.fields.values()).some(({ scoredBy }) => scoredBy.has("text"))) {
      return Either.left(Input.invalid(place, name, "needs a field with full-text search, and the index has none"))
    }
    // eslint-disable-next-line no-restricted-syntax -- what is no query is what is looked for.
    const given = query as QueryString.QueryString<string>
    const wrong = QueryString.problemOf(given, `${name}.query`, place)
    return wrong === undefined ? Either.right({ type: kind, query: given.text }) : Either.left(wrong)
  }
  const wrong = fieldsProblem(score, layout, place, name)
  if (wrong !== undefined) return Either.left(wrong)
  if (kind === "dense_vector") return denseOf(score, layout, place, name)
  if (kind === "sparse_vector") return sparseOf(score, place, name)
  const bad = textProblem(query, place, `${name}.query`)
  return bad === undefined ? Either.right({ type: kind, fields, query }) : Either.left(bad)
}

const clausesOf = (
  scoreBy: Any,
  layout: DocumentFields.Layout,
  place: Limits.Place,
  name: string
): Either.Either<ReadonlyArray<object>, Input.Problem> => {
  const all: ReadonlyArray<unknown> = Input.isArray(scoreBy) ? scoreBy : [scoreBy]
  if (all.length === 0) return Either.left(Input.invalid(place, name, "must have at least one clause"))
  const tooMany = Limits.check("scoreBy", `${name}.length`, all.length, place)
  if (tooMany !== undefined) return Either.left(tooMany)
  const clauses: Array<object> = []
  for (const [i, score] of all.entries()) {
    const at = Input.isArray(scoreBy) ? `${name}[${i}]` : name
    if (all.length > 1 && isScore(score) && !isText(score.kind)) {
      return Either.left(
        Input.invalid(place, at, "must stand alone: several clauses must all be Score.text or Score.queryString")
      )
    }
    const clause = clauseOf(score, layout, place, at)
    if (Either.isLeft(clause)) return Either.left(clause.left)
    clauses.push(clause.right)
  }
  return Either.right(clauses)
}

/**
 * The clauses of a search as they are sent, with vectors as `Float32Array`s, or what is wrong with them: a field of another
 * kind, a vector of another dimension, a blank text, more than 10 KB, a vector beside another clause.
 *
 * @since 0.1.0
 * @category encoding
 */
export const encode = (
  scoreBy: Any,
  layout: DocumentFields.Layout,
  place: Limits.Place,
  name: string = "scoreBy"
): Effect.Effect<ReadonlyArray<object>, Input.Problem> => {
  // A getter or a proxy may throw where a clause is read.
  const clauses = Input.attempt(place, name, () => clausesOf(scoreBy, layout, place, name))
  return Input.isInvalid(clauses) ? Either.left(clauses) : clauses
}
