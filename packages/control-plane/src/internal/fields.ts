import type { CreateIndexSchema, CreateIndexSchemaField } from "@effect-pinecone/schema/IndexSchema"
import * as IndexSchema from "@effect-pinecone/schema/IndexSchema"
import * as Input from "@effect-pinecone/schema/Input"
import * as Limits from "@effect-pinecone/schema/Limits"

type Check = Input.Problem | undefined

const bytesOf = (text: string): number => new TextEncoder().encode(text).length

const nameOf = (place: Limits.Place, path: string, name: string): Check => {
  if (name === "") return Input.invalid(place, path, "the name of a field must have at least one character")
  return name.startsWith("$") || name.startsWith("_")
    ? Input.invalid(place, path, "the name of a field must not begin with $ or _")
    : Limits.check("fieldNameBytes", `${path}: bytes of the name`, bytesOf(name), place)
}

const ngram = (place: Limits.Place, path: string, { maxGram, minGram }: {
  readonly minGram: number
  readonly maxGram: number
}): Check =>
  Input.wholeNumber(place, `${path}.minGram`, minGram, 1) ??
    Limits.check("ngram", `${path}.minGram`, minGram, place) ??
    Input.wholeNumber(place, `${path}.maxGram`, maxGram, 1) ??
    Limits.check("ngram", `${path}.maxGram`, maxGram, place) ??
    (minGram > maxGram
      ? Input.invalid(place, `${path}.minGram`, `must be at most maxGram (${maxGram}), got ${minGram}`)
      : undefined)

const fullText = (place: Limits.Place, path: string, options: IndexSchema.FullTextSearch): Check => {
  if (options.stopWords === true && options.stemming !== true) {
    return Input.invalid(place, `${path}.stopWords`, "needs stemming: set stemming to true, or leave stopWords out")
  }
  if (options.ngram === undefined) return undefined
  return options.stemming === true || options.stopWords === true
    ? Input.invalid(place, `${path}.ngram`, "must not be used with stemming or stopWords")
    : ngram(place, `${path}.ngram`, options.ngram)
}

const text = (
  place: Limits.Place,
  path: string,
  field: Extract<CreateIndexSchemaField, { readonly type: "string" }>
): Check => {
  const { embed, fullTextSearch, sparseEmbed, storeText } = field
  if (fullTextSearch === undefined && embed === undefined && sparseEmbed === undefined) {
    return Input.invalid(
      place,
      path,
      "must have fullTextSearch, embed or sparseEmbed: what is only metadata is not declared"
    )
  }
  if (storeText === false && fullTextSearch !== undefined) {
    return Input.invalid(place, `${path}.fullTextSearch`, "needs the text: leave storeText out, or set it to true")
  }
  if (storeText === false && embed === undefined && sparseEmbed === undefined) {
    return Input.invalid(place, `${path}.storeText`, "a text that is not stored must have embed or sparseEmbed")
  }
  const { dimension } = embed ?? {}
  return (dimension === undefined ? undefined : Input.wholeNumber(place, `${path}.embed.dimension`, dimension, 1)) ??
    (fullTextSearch === undefined ? undefined : fullText(place, `${path}.fullTextSearch`, fullTextSearch))
}

const one = (place: Limits.Place, name: string, field: CreateIndexSchemaField): Check => {
  const path = `schema.fields[${JSON.stringify(name.slice(0, 100))}]`
  const { description } = field
  return nameOf(place, path, name) ??
    (description === undefined
      ? undefined
      : Limits.check("descriptionBytes", `${path}.description: bytes`, bytesOf(description), place)) ??
    (field.type === "dense_vector"
      ? Input.wholeNumber(place, `${path}.dimension`, field.dimension, 1) ??
        Limits.check("dimension", `${path}.dimension`, field.dimension, place)
      : field.type === "string"
      ? text(place, path, field)
      : undefined)
}

/** What is wrong with the fields of an index to create. */
export const check = (place: Limits.Place, { fields }: CreateIndexSchema): Check => {
  const entries = Object.entries(fields)
  if (entries.length === 0) return Input.invalid(place, "schema.fields", "must have at least one field")
  // The reserved names make an index of records with vectors.
  const reserved = entries.filter(([name]) => name === IndexSchema.values || name === IndexSchema.sparseValues)
  if (reserved.length > 0) {
    return Input.invalid(
      place,
      `schema.fields.${reserved[0]![0]}`,
      "is the name of the vectors of an index of records: give dimension and metric in place of a schema"
    )
  }
  for (const [name, field] of entries) {
    const wrong = one(place, name, field)
    if (wrong !== undefined) return wrong
  }
  const having = (has: (field: CreateIndexSchemaField) => boolean) => entries.filter(([, field]) => has(field))
  const dense = having((field) =>
    field.type === "dense_vector" || (field.type === "string" && field.embed !== undefined)
  )
  if (dense.length > 1) {
    return Input.invalid(
      place,
      "schema.fields",
      `must have at most one dense vector or embed, got ${dense.map(([name]) => name).join(", ")}`
    )
  }
  const sparse = having((field) =>
    field.type === "sparse_vector" || (field.type === "string" && field.sparseEmbed !== undefined)
  )
  if (sparse.length > 1) {
    return Input.invalid(
      place,
      "schema.fields",
      `must have at most one sparse vector or sparseEmbed, got ${sparse.map(([name]) => name).join(", ")}`
    )
  }
  return Limits.check(
    "fullTextFields",
    "schema.fields: fields of text",
    having((field) => field.type === "string" && field.storeText !== false).length,
    place
  )
}

type Compared = Readonly<Record<string, string | undefined>>

const shown = (value: unknown): string | undefined =>
  value === undefined ? undefined : typeof value === "object" ? JSON.stringify(value) : String(value)

const within = (path: string, parts: Readonly<Record<string, unknown>>): Compared =>
  Object.fromEntries(Object.entries(parts).map(([name, value]) => [`${path}.${name}`, shown(value)]))

/** What cannot be changed of the fields that are asked for: defaults of a model are left to the service. */
export const wanted = ({ fields }: CreateIndexSchema): Compared => {
  const all: Record<string, string | undefined> = {}
  for (const [name, field] of Object.entries(fields)) {
    const path = `schema.fields.${name}`
    all[path] = field.type
    if (field.type === "dense_vector") {
      Object.assign(all, within(path, { dimension: field.dimension, metric: field.metric }))
    }
    if (field.type !== "string") continue
    const { embed, fullTextSearch, sparseEmbed, storeText } = field
    if (storeText !== false) {
      const { language = "en", ngram, stemming = false, stopWords = false } = fullTextSearch ?? {}
      Object.assign(all, within(`${path}.fullTextSearch`, { language, stemming, stopWords }))
      if (ngram !== undefined) {
        const { maxGram, minGram, prefixOnly = false } = ngram
        Object.assign(all, within(`${path}.fullTextSearch.ngram`, { minGram, maxGram, prefixOnly }))
      }
    }
    if (storeText !== undefined) Object.assign(all, within(path, { storeText }))
    const { dimension, metric, model } = embed ?? {}
    for (const [key, value] of Object.entries({ model, dimension, metric })) {
      if (value !== undefined) all[`${path}.embed.${key}`] = shown(value)
    }
    if (sparseEmbed?.model !== undefined) all[`${path}.sparseEmbed.model`] = sparseEmbed.model
  }
  return all
}

/** The same of the fields that there are. */
export const found = ({ fields }: IndexSchema.IndexSchema): Compared => {
  const all: Record<string, string | undefined> = {}
  for (const [name, field] of Object.entries(fields)) {
    const path = `schema.fields.${name}`
    if (!("type" in field)) continue
    all[path] = field.type
    if (field.type === "dense_vector") {
      Object.assign(all, within(path, { dimension: field.dimension, metric: field.metric }))
    }
    if (field.type !== "string") continue
    const { embed, fullTextSearch, sparseEmbed, storeText = true } = field
    const { language, ngram, stemming, stopWords } = fullTextSearch ?? {}
    Object.assign(all, within(`${path}.fullTextSearch`, { language, stemming, stopWords }))
    if (ngram !== undefined) Object.assign(all, within(`${path}.fullTextSearch.ngram`, { ...ngram }))
    Object.assign(all, within(path, { storeText }))
    const { dimension, metric, model } = embed ?? {}
    Object.assign(all, within(`${path}.embed`, { model, dimension, metric }))
    Object.assign(all, within(`${path}.sparseEmbed`, { model: sparseEmbed?.model }))
  }
  return all
}
