import * as Filter from "@effect-pinecone/schema/Filter"
import * as Limits from "@effect-pinecone/schema/Limits"
import * as PineconeError from "@effect-pinecone/schema/PineconeError"
import * as Effect from "effect/Effect"

/** What can be wrong with an input. */
export type InputProblem = PineconeError.InvalidRequest | PineconeError.LimitExceeded

type Check = Effect.Effect<void, InputProblem>

export const all = (...checks: ReadonlyArray<Check>): Check => Effect.all(checks, { discard: true })

const invalid = (place: Limits.Place, field: string, message: string): Check =>
  Effect.fail(new PineconeError.InvalidRequest({ ...place, field, message: `${field}: ${message}` }))

const atMost = (place: Limits.Place, field: string, actual: number, limit: Limits.LimitName): Check => {
  const exceeded = Limits.check(limit, field, actual, place)
  return exceeded === undefined ? Effect.void : Effect.fail(exceeded)
}

const count = (place: Limits.Place, field: string, value: number | undefined, least = 1): Check =>
  value === undefined || (Number.isInteger(value) && value >= least)
    ? Effect.void
    : invalid(place, field, `${value} is no whole number of at least ${least}`)

const bytes = (text: string): number => new TextEncoder().encode(text).length

/** A name or an id that stands in a path. */
export const segment = (place: Limits.Place, field: string, value: string): Check =>
  value === "" || value === "." || value === ".."
    ? invalid(place, field, `"${value}" cannot stand in a path`)
    : Effect.void

const name = (place: Limits.Place, name: string): Check => {
  const { assistantNameLength } = Limits.limits
  if (name.length > assistantNameLength) return atMost(place, "name.length", name.length, "assistantNameLength")
  return /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(name)
    ? Effect.void
    : invalid(
      place,
      "name",
      `"${name}" is no name: use 1 to ${assistantNameLength} of a-z, 0-9 and "-", with a letter or a digit at both ends`
    )
}

/** A JSON object of the application's own. */
export const metadata = (place: Limits.Place, metadata: object | null | undefined): Check =>
  metadata === undefined || metadata === null
    ? Effect.void
    : Effect.flatMap(
      Effect.try({
        try: () => JSON.stringify(metadata),
        catch: () =>
          new PineconeError.InvalidRequest({
            ...place,
            field: "metadata",
            message: "metadata: it cannot be written as JSON"
          })
      }),
      (json) => atMost(place, "metadata", bytes(json), "assistantMetadataBytes")
    )

/** What an assistant is told about itself. */
export const about = (
  place: Limits.Place,
  options: {
    readonly instructions?: string | null | undefined
    readonly metadata?: object | null | undefined
  }
): Check =>
  all(
    atMost(place, "instructions", bytes(options.instructions ?? ""), "instructionsBytes"),
    metadata(place, options.metadata)
  )

/** An assistant to create. */
export const newAssistant = (
  place: Limits.Place,
  options: Parameters<typeof about>[1] & { readonly name: string }
): Check => all(name(place, options.name), about(place, options))

/** The id of a file to write. */
export const fileId = (place: Limits.Place, id: string): Check => {
  const { fileIdLength } = Limits.limits
  if (id.length > fileIdLength) return atMost(place, "fileId.length", id.length, "fileIdLength")
  return /^[A-Za-z0-9_-]+$/.test(id)
    ? Effect.void
    : invalid(place, "fileId", `"${id}" is no id: use 1 to ${fileIdLength} letters, digits, "-" and "_"`)
}

/** A file to write. */
export const upload = (
  place: Limits.Place,
  fileName: string,
  options: { readonly metadata?: object | undefined; readonly multimodal?: boolean | undefined }
): Check =>
  all(
    fileName === "" ? invalid(place, "name", "a file needs a name, whose ending says what it is") : Effect.void,
    options.multimodal === true && !/\.pdf$/i.test(fileName)
      ? invalid(place, "multimodal", `only PDFs can be read with their images, and "${fileName}" is none by its name`)
      : Effect.void,
    metadata(place, options.metadata)
  )

/** How many entries a page may have. */
export const pageLimit = (place: Limits.Place, value: number | undefined): Check =>
  value === undefined ? Effect.void : all(count(place, "limit", value), atMost(place, "limit", value, "pageLimit"))

export const filter = (place: Limits.Place, filter: Filter.Filter<never> | undefined): Check => {
  const problem = filter === undefined ? undefined : Filter.problem(filter.expression)
  return problem === undefined ? Effect.void : invalid(place, `filter: ${problem.field}`, problem.message)
}

const messages = (
  place: Limits.Place,
  messages: ReadonlyArray<{ readonly role: string; readonly content: string }>
): Check =>
  messages.length === 0
    ? invalid(place, "messages", "at least one message is needed")
    : Effect.forEach(messages, ({ content, role }, index) =>
      content.trim() === ""
        ? invalid(place, `messages[${index}].content`, "a message needs a text")
        : role === ""
        ? invalid(place, `messages[${index}].role`, "a message is of a user, an assistant or the system")
        : Effect.void, { discard: true })

const leastSnippetSize = 512

/** Which snippets to find. */
const snippets = (
  place: Limits.Place,
  within: string,
  options: { readonly topK?: number | undefined; readonly snippetSize?: number | undefined }
): Check =>
  all(
    count(place, `${within}topK`, options.topK),
    atMost(place, `${within}topK`, options.topK ?? 0, "snippets"),
    count(place, `${within}snippetSize`, options.snippetSize, leastSnippetSize),
    atMost(place, `${within}snippetSize`, options.snippetSize ?? 0, "snippetSize")
  )

/** A chat in any form. */
export const chat = (
  place: Limits.Place,
  options: {
    readonly messages: ReadonlyArray<{ readonly role: string; readonly content: string }>
    readonly temperature?: number | undefined
    readonly filter?: Filter.Filter<never> | undefined
    readonly contextOptions?: Parameters<typeof snippets>[2] | undefined
  }
): Check =>
  all(
    messages(place, options.messages),
    options.temperature === undefined || (Number.isFinite(options.temperature) && options.temperature >= 0)
      ? Effect.void
      : invalid(place, "temperature", `${options.temperature} is no number of at least 0`),
    filter(place, options.filter),
    snippets(place, "contextOptions.", options.contextOptions ?? {})
  )

/** A question for context. */
export const context = (
  place: Limits.Place,
  options: Parameters<typeof snippets>[2] & {
    readonly query?: string | undefined
    readonly messages?: ReadonlyArray<{ readonly role: string; readonly content: string }> | undefined
    readonly filter?: Filter.Filter<never> | undefined
  }
): Check =>
  all(
    (options.query === undefined) === (options.messages === undefined)
      ? invalid(place, "query", "either a query or messages are needed")
      : options.messages !== undefined
      ? messages(place, options.messages)
      : options.query?.trim() === ""
      ? invalid(place, "query", "a text is needed")
      : Effect.void,
    filter(place, options.filter),
    snippets(place, "", options)
  )

/** What to evaluate. */
export const texts = (place: Limits.Place, fields: Readonly<Record<string, string>>): Check =>
  Effect.forEach(
    Object.entries(fields),
    ([field, text]) => text.trim() === "" ? invalid(place, field, "a text is needed") : Effect.void,
    { discard: true }
  )
