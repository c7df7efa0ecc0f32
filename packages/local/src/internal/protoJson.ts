import * as Input from "@effect-pinecone/schema/Input"
import * as Either from "effect/Either"

// The vector operations are messages of Protocol Buffers, which has rules of its own for JSON: a field is taken under its own
// name (`topK`) and under that of the definition (`top_k`), but not under both; null is as good as nothing, and so are an empty
// list and an id of no characters; a number may come as a text. This reads a body by those rules, into the form that the API's definition decodes.

/** What a field holds: what needs no reading, an id, a number, a list, a message, or a list of messages. */
type Kind = "any" | "id" | "number" | "list" | Message | readonly [Message]

/** A message by its fields, and what stands for those that the definition requires and Protocol Buffers does not. */
export interface Message {
  readonly kinds: ReadonlyMap<string, Kind>
  /** The field that a name of JSON is for. */
  readonly names: ReadonlyMap<string, string>
  readonly defaults: Readonly<Record<string, unknown>>
}

const snakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

const message = (
  fields: Readonly<Record<string, Kind>>,
  defaults: Readonly<Record<string, unknown>> = {}
): Message => {
  const all = Object.keys(fields)
  return {
    kinds: new Map(Object.entries(fields)),
    names: new Map([
      ...all.map((name) => [snakeCase(name), name] as const),
      ...all.map((name) => [name, name] as const)
    ]),
    defaults
  }
}

const sparseValues = message({ indices: "list", values: "list" }, { indices: [], values: [] })

const vector = message(
  { id: "any", values: "list", sparseValues, metadata: "any" },
  { id: "" }
)

const queryVector = message(
  { values: "list", sparseValues, topK: "number", namespace: "any", filter: "any" },
  { values: [] }
)

/** The requests of the vector operations. */
export const messages = {
  upsert: message({ vectors: [vector], namespace: "any" }, { vectors: [] }),
  query: message(
    {
      namespace: "any",
      topK: "number",
      filter: "any",
      includeValues: "any",
      includeMetadata: "any",
      queries: [queryVector],
      vector: "list",
      sparseVector: sparseValues,
      id: "id",
      scanFactor: "number",
      maxCandidates: "number"
    },
    { topK: 0 }
  ),
  update: message({
    id: "id",
    values: "list",
    sparseValues,
    setMetadata: "any",
    namespace: "any",
    filter: "any",
    dryRun: "any"
  }),
  delete: message({ ids: "list", deleteAll: "any", namespace: "any", filter: "any" }),
  fetchByMetadata: message({ namespace: "any", filter: "any", limit: "number", paginationToken: "any" }),
  describeIndexStats: message({ filter: "any" }),
  list: message({ prefix: "any", limit: "any", paginationToken: "any", namespace: "any" }),
  listNamespaces: message({ prefix: "any", limit: "any", paginationToken: "any" })
}

const twice = (name: string): string =>
  `the field ${name} is there twice, as ${name} and as ${snakeCase(name)}: send one of them`

const decimal = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/

const readValue = (kind: Kind, value: unknown): Either.Either<unknown, string> => {
  if (kind === "any" || kind === "id" || kind === "list") return Either.right(value)
  if (kind === "number") {
    return Either.right(typeof value === "string" && decimal.test(value) ? Number(value) : value)
  }
  if (!isList(kind)) return readMessage(kind, value)
  if (!Array.isArray(value)) return Either.right(value)
  const items: Array<unknown> = []
  for (const item of value) {
    const read = readMessage(kind[0], item)
    if (Either.isLeft(read)) return read
    items.push(read.right)
  }
  return Either.right(items)
}

const isList = (kind: Message | readonly [Message]): kind is readonly [Message] => Array.isArray(kind)

/** A message as the API's definition has it, or why it is none. What is no object is left for the definition to refuse. */
export const readMessage = ({ defaults, kinds, names }: Message, json: unknown): Either.Either<unknown, string> => {
  if (!Input.isObject(json)) return Either.right(json)
  const out: Record<string, unknown> = {}
  for (const key of Object.keys(json)) {
    const name = names.get(key)
    const value = json[key]
    if (name === undefined || value === null || (value === "" && kinds.get(name) === "id")) continue
    if (Object.hasOwn(out, name)) return Either.left(twice(name))
    const read = readValue(kinds.get(name)!, value)
    if (Either.isLeft(read)) return read
    out[name] = read.right
  }
  for (const name of Object.keys(out)) if (isEmptyList(out[name])) delete out[name]
  return Either.right({ ...defaults, ...out })
}

const isEmptyList = (value: unknown): boolean => Array.isArray(value) && value.length === 0

/** The same of a query string, of which the definition reads every value. */
export const readQuery = ({ names }: Message, query: string): Either.Either<string, string> => {
  const sent = new URLSearchParams(query)
  const renamed = Array.from(sent.keys()).filter((key) => (names.get(key) ?? key) !== key)
  if (renamed.length === 0) return Either.right(query)
  for (const key of renamed) {
    const name = names.get(key)!
    if (sent.has(name)) return Either.left(twice(name))
    sent.set(name, sent.get(key) ?? "")
    sent.delete(key)
  }
  return Either.right(sent.toString())
}
