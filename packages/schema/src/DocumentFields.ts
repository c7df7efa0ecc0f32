/**
 * The fields of the documents of an index, as an application declares them once: what a document must have, what can be
 * scored, and what comes back follow from it.
 *
 * ```ts
 * import type * as DocumentFields from "@effect-pinecone/schema/DocumentFields"
 * import * as IndexSchema from "@effect-pinecone/schema/IndexSchema"
 *
 * const fields = {
 *   title: IndexSchema.text({ language: "en", stemming: true }),
 *   embedding: IndexSchema.optional(IndexSchema.denseVector({ dimension: 384 }))
 * }
 *
 * const article: DocumentFields.Document<typeof fields, { readonly year: number }> = {
 *   _id: "lighthouses",
 *   title: "Why lighthouses blink",
 *   year: 2024
 * }
 * ```
 *
 * @since 0.1.0
 */
import type * as Filter from "./Filter.js"
import type { CreateIndexSchemaField } from "./IndexSchema.js"
import * as Limits from "./Limits.js"
import type { Storable } from "./Metadata.js"
import type { Field as Key } from "./RequestFields.js"
import type { DenseValues, SparseValues, SparseVector } from "./Vector.js"

/**
 * A field, as the constructors of `IndexSchema` make it.
 *
 * @since 0.1.0
 * @category models
 */
export type Field = CreateIndexSchemaField & { readonly optional?: boolean | undefined }

/**
 * The fields of an index, by their names.
 *
 * @since 0.1.0
 * @category models
 */
export interface Fields {
  readonly [name: string]: Field
}

// -----------------------------------------------------------------------------
// Types
// -----------------------------------------------------------------------------

type Flat<T> = T extends unknown ? { readonly [K in keyof T]: T[K] } : never

type KeyOf<T> = T extends unknown ? keyof T & string : never

type OptionalName<F> = { [K in keyof F]: F[K] extends { readonly optional: true } ? K : never }[keyof F]

type NameOf<F, Kind> = { [K in keyof F]: F[K] extends Kind ? K & string : never }[keyof F]

type Unstored = { readonly storeText: false }

/**
 * The names of the fields of dense vectors.
 *
 * @since 0.1.0
 * @category type-level
 */
export type DenseName<F> = NameOf<F, { readonly type: "dense_vector" }>

/**
 * The names of the fields of sparse vectors.
 *
 * @since 0.1.0
 * @category type-level
 */
export type SparseName<F> = NameOf<F, { readonly type: "sparse_vector" }>

/**
 * The names of the fields that are found by their words: all text that is stored.
 *
 * @since 0.1.0
 * @category type-level
 */
export type TextName<F> = {
  [K in keyof F]: F[K] extends { readonly type: "string" } ? F[K] extends Unstored ? never : K & string : never
}[keyof F]

/**
 * The names of the fields whose text the index embeds by a dense model.
 *
 * @since 0.1.0
 * @category type-level
 */
export type EmbedName<F> = NameOf<F, { readonly embed: object }>

/**
 * The names of the fields whose text the index embeds by a sparse model.
 *
 * @since 0.1.0
 * @category type-level
 */
export type SparseEmbedName<F> = NameOf<F, { readonly sparseEmbed: object }>

/**
 * The names of the fields that come back: all but text that is not stored.
 *
 * @since 0.1.0
 * @category type-level
 */
export type StoredName<F> = { [K in keyof F]: F[K] extends Unstored ? never : K & string }[keyof F]

type Written<F> = F extends { readonly type: "dense_vector" } ? DenseValues
  : F extends { readonly type: "sparse_vector" } ? SparseValues
  : string

type Read<F> = F extends { readonly type: "dense_vector" } ? Float32Array
  : F extends { readonly type: "sparse_vector" } ? SparseVector
  : string

type WrittenFields<F> =
  & { readonly [K in Exclude<keyof F, OptionalName<F>>]: Written<F[K]> }
  & { readonly [K in OptionalName<F>]?: Written<F[K]> | undefined }

type ReadFields<F> =
  & { readonly [K in Exclude<StoredName<F>, OptionalName<F>>]: Read<F[K]> }
  & { readonly [K in Extract<StoredName<F>, OptionalName<F>>]?: Read<F[K]> | undefined }

/**
 * A document to write: its `_id` (1 to 512 ASCII characters), its fields, and its metadata of type `A` beside them.
 *
 * @since 0.1.0
 * @category models
 */
export type Document<F, A> = A extends unknown ? Flat<{ readonly _id: string } & WrittenFields<F> & A> : never

/**
 * A document as it comes back, whole.
 *
 * @since 0.1.0
 * @category models
 */
export type Stored<F, A> = A extends unknown ? Flat<{ readonly _id: string } & ReadFields<F> & A> : never

/**
 * What can be asked for of a document: a field that is stored, a field of the metadata, or `*` for all.
 *
 * @since 0.1.0
 * @category type-level
 */
export type Include<F, A, I extends Storable> = "*" | StoredName<F> | (KeyOf<A> & KeyOf<I>)

type IsUnion<T, Members = T> = T extends unknown ? [Members] extends [T] ? false : true : never

/** The names that a list has for certain: of a union of names it is not known which one stands there. */
type Certain<Names> = {
  [K in keyof Names]: IsUnion<Names[K]> extends false ? Names[K] : never
}[number & keyof Names]

type Part<T, Names extends PropertyKey> = T extends unknown ? Pick<T, Extract<keyof T, Names>> : never

type PickedFrom<T, Names extends ReadonlyArray<PropertyKey>> = "*" extends Names[number]
  ? "*" extends (number extends Names["length"] ? never : Certain<Names>) ? T : Flat<Part<T, "_id"> & Partial<T>>
  : number extends Names["length"] ? Flat<Part<T, "_id"> & Partial<Part<T, Names[number]>>>
  : [Names[number]] extends [Certain<Names>] ? Flat<Part<T, "_id" | Names[number]>>
  : Flat<Part<T, "_id" | Certain<Names>> & Partial<Part<T, Names[number]>>>

/**
 * What comes back of a document for a list of names: those that a list of literals names are there, those of any other list
 * may be.
 *
 * @since 0.1.0
 * @category type-level
 */
export type Picked<F, A, Names> = [Names] extends [ReadonlyArray<PropertyKey>] ? PickedFrom<Stored<F, A>, Names>
  : Names extends undefined ? never
  : Flat<{ readonly _id: string } & Partial<Stored<F, A>>>

/**
 * What an update sets of a document: some of its fields, and of its metadata.
 *
 * @since 0.1.0
 * @category models
 */
export type Changes<F, A> = A extends unknown ?
    & { readonly [K in keyof F]?: Written<F[K]> | undefined }
    & {
      readonly [K in keyof A]?: A[K] | undefined
    }
  : never

/**
 * What an update by a filter sets: text that the index embeds can be changed by id alone.
 *
 * @since 0.1.0
 * @category models
 */
export type ChangesOfMany<F, A> = Changes<Omit<F, EmbedName<F> | SparseEmbedName<F>>, A>

type OptionalKey<I> = I extends unknown
  ? { [K in keyof I & string]: Record<never, never> extends Pick<I, K> ? K : never }[keyof I & string]
  : never

/**
 * The names of what an update can remove: optional fields, and the metadata that may be left out.
 *
 * @since 0.1.0
 * @category type-level
 */
export type Removable<F, I> = (OptionalName<F> & string) | OptionalKey<I>

/**
 * The filters of a search: those of the metadata, and words of the fields that are full text.
 *
 * @since 0.1.0
 * @category type-level
 */
export type SearchFilter<F, I extends Storable> = Filter.SearchFor<I, TextName<F>>

/**
 * What the compiler says of a declaration whose names clash: a field that begins with `_` or `$`, and metadata that is called
 * like a field or `_id`.
 *
 * @since 0.1.0
 * @category type-level
 */
export type NamesOf<F> = {
  readonly [K in keyof F]: K extends `_${string}` | `$${string}` ? "the name of a field does not begin with _ or $"
    : unknown
}

/**
 * The same of the metadata.
 *
 * @since 0.1.0
 * @category type-level
 */
export type NoClash<F, A, I> = [(KeyOf<A> | KeyOf<I>) & (keyof F | "_id" | "_score" | "_remove_fields")] extends [never]
  ? unknown
  : {
    readonly clash: `metadata has a field of the same name: ${
      & (KeyOf<A> | KeyOf<I>)
      & (keyof F | "_id" | "_score" | "_remove_fields")
      & string}`
  }

// -----------------------------------------------------------------------------
// Values
// -----------------------------------------------------------------------------

/**
 * A field, as the encoder and the decoder see it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Declared {
  readonly name: string
  readonly type: Field["type"]
  readonly isRequired: boolean
  readonly isStored: boolean
  /** The clauses of a search that reach it. */
  readonly scoredBy: ReadonlySet<string>
  readonly dimension: number | undefined
  /** Whether lower scores are better. */
  readonly isDistance: boolean
  readonly key: Key
}

/**
 * What the documents of an index have.
 *
 * @since 0.1.0
 * @category models
 */
export interface Layout {
  readonly fields: ReadonlyMap<string, Declared>
  /** The most documents in a request. */
  readonly maxDocuments: "upsertDocuments" | "embeddedDocuments"
}

const asciiOf = (text: string): string =>
  JSON.stringify(text).replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)

/** The name as a key of a JSON object, of ASCII characters. */
const keyOf = (name: string): Key => {
  const key = `${asciiOf(name)}:`
  return { name, number: 0, optional: true, firstKey: key, nextKey: `,${key}` }
}

const declared = (name: string, field: Field): Declared => {
  const isStored = !(field.type === "string" && field.storeText === false)
  const scoredBy = new Set<string>()
  if (field.type !== "string") scoredBy.add(field.type)
  else {
    if (isStored) scoredBy.add("text")
    if (field.embed !== undefined) scoredBy.add("embed")
    if (field.sparseEmbed !== undefined) scoredBy.add("sparse_embed")
  }
  return {
    name,
    type: field.type,
    isRequired: field.optional !== true,
    isStored,
    scoredBy,
    dimension: field.type === "dense_vector" ? field.dimension : undefined,
    isDistance: field.type === "dense_vector"
      ? field.metric === "euclidean"
      : field.type === "string" && field.embed?.metric === "euclidean",
    key: keyOf(name)
  }
}

/**
 * What the documents of an index with such fields have.
 *
 * @since 0.1.0
 * @category constructors
 */
export const layout = (fields: Fields): Layout => {
  const all = new Map(Object.entries(fields).map(([name, field]) => [name, declared(name, field)]))
  const isEmbedded = Array.from(all.values()).some(({ scoredBy }) =>
    scoredBy.has("embed") || scoredBy.has("sparse_embed")
  )
  return { fields: all, maxDocuments: isEmbedded ? "embeddedDocuments" : "upsertDocuments" }
}

/**
 * The same without fields that a document must have.
 *
 * @since 0.1.0
 * @category combinators
 */
export const relaxed = ({ fields, maxDocuments }: Layout): Layout => ({
  fields: new Map(Array.from(fields, ([name, field]) => [name, { ...field, isRequired: false }])),
  maxDocuments
})

/** The names that documents have for something else. */
const reserved: ReadonlySet<string> = new Set(["_id", "_score", "_remove_fields"])

/**
 * What is wrong with the names of a declaration: of its fields, and of those of its metadata, as far as they are known.
 *
 * @since 0.1.0
 * @category checks
 */
export const problem = (fields: Fields, metadata: Iterable<string>): string | undefined => {
  const names = Object.keys(fields)
  if (names.length === 0) return "must have at least one field"
  for (const name of names) {
    if (name === "" || /^[$_]/.test(name)) {
      return `"${name}" cannot be the name of a field: it must not begin with _ or $`
    }
    if (new TextEncoder().encode(name).length > Limits.limits.fieldNameBytes) {
      return `"${name}" is longer than ${Limits.limits.fieldNameBytes} bytes: use a shorter name`
    }
  }
  for (const name of metadata) {
    if (reserved.has(name)) return `metadata must not have a field called ${name}`
    if (Object.hasOwn(fields, name)) return `"${name}" is a field and metadata too: rename one of them`
  }
  return undefined
}

/**
 * Whether a name is one that metadata of such documents cannot have.
 *
 * @since 0.1.0
 * @category guards
 */
export const isTaken = ({ fields }: Layout, name: string): boolean => reserved.has(name) || fields.has(name)
