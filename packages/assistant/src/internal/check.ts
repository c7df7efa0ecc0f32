import * as Filter from "@effect-pinecone/schema/Filter"
import * as Input from "@effect-pinecone/schema/Input"
import * as Limits from "@effect-pinecone/schema/Limits"
import type * as PineconeError from "@effect-pinecone/schema/PineconeError"
import * as Effect from "effect/Effect"

// A call may be given anything: each check looks at what it is given when it runs, and not before.

/** What can be wrong with an input. */
export type InputProblem = Input.Problem

type Check = Effect.Effect<void, InputProblem>

type Problem = InputProblem | undefined

export const all = (...checks: ReadonlyArray<Check>): Check => Effect.all(checks, { discard: true })

/** A check of options, which are an object. */
const ofOptions = (place: Limits.Place, options: unknown, check: () => Problem): Check =>
  Input.passes(place, "options", () =>
    Input.isObject(options)
      ? check()
      : Input.invalid(place, "options", `must be an object, got ${Input.show(options)}`))

const optional = <A>(value: A | null | undefined, check: (value: A) => Problem): Problem =>
  value === undefined || value === null ? undefined : check(value)

const count = (place: Limits.Place, field: string, value: unknown, least = 1): Problem =>
  value === undefined ? undefined : Input.wholeNumber(place, field, value, least)

const bytes = (text: string): number => new TextEncoder().encode(text).length

/** A name or an id that stands in a path. */
export const segment = (
  place: Limits.Place,
  field: string,
  value: string
): Effect.Effect<void, PineconeError.InvalidRequest> =>
  Input.passes(place, field, () => Input.segment(place, field, value))

const nameProblem = (place: Limits.Place, name: unknown): Problem => {
  const { assistantNameLength } = Limits.limits
  if (typeof name !== "string") return Input.invalid(place, "name", `must be a string, got ${Input.show(name)}`)
  return Limits.check("assistantNameLength", "name.length", name.length, place) ??
    (/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(name) ? undefined : Input.invalid(
      place,
      "name",
      `invalid name ${
        Input.show(name)
      }: use 1 to ${assistantNameLength} lower-case letters, digits and hyphens, with a letter or a digit at both ends`
    ))
}

/** A JSON object of the application's own. */
const metadataProblem = (place: Limits.Place, metadata: unknown): Problem =>
  optional(metadata, (metadata) => {
    const copy = Input.json(place, "metadata", metadata)
    if (Input.isInvalid(copy)) return copy
    return Input.isObject(copy)
      ? Limits.check("assistantMetadataBytes", "metadata", bytes(JSON.stringify(copy)), place)
      : Input.invalid(place, "metadata", `must be an object, got ${Input.show(metadata)}`)
  })

interface About {
  readonly instructions?: string | null | undefined
  readonly metadata?: object | null | undefined
}

const aboutProblem = (place: Limits.Place, { instructions, metadata }: About): Problem =>
  optional(instructions, (instructions: unknown) =>
    typeof instructions === "string"
      ? Limits.check("instructionsBytes", "instructions", bytes(instructions), place)
      : Input.invalid(place, "instructions", `must be a string, got ${Input.show(instructions)}`)) ??
    metadataProblem(place, metadata)

/** What an assistant is told about itself. */
export const about = (place: Limits.Place, options: About): Check =>
  ofOptions(place, options, () => aboutProblem(place, options))

/** An assistant to create. */
export const newAssistant = (place: Limits.Place, options: About & { readonly name: string }): Check =>
  ofOptions(place, options, () => nameProblem(place, options.name) ?? aboutProblem(place, options))

/** The id of a file to write. */
export const fileId = (place: Limits.Place, id: string): Check =>
  Input.passes(place, "fileId", () => {
    const { fileIdLength } = Limits.limits
    if (typeof id !== "string") return Input.invalid(place, "fileId", `must be a string, got ${Input.show(id)}`)
    return Limits.check("fileIdLength", "fileId.length", id.length, place) ??
      (/^[A-Za-z0-9_-]+$/.test(id) ? undefined : Input.invalid(
        place,
        "fileId",
        `invalid id ${Input.show(id)}: use 1 to ${fileIdLength} letters, digits, hyphens and underscores`
      ))
  })

/** A file to write. */
export const upload = (
  place: Limits.Place,
  fileName: string,
  options: { readonly metadata?: object | undefined; readonly multimodal?: boolean | undefined }
): Check =>
  ofOptions(
    place,
    options,
    () =>
      Input.text(place, "name", fileName) ?? Input.flag(place, "multimodal", options.multimodal) ??
        (options.multimodal === true && !/\.pdf$/i.test(fileName)
          ? Input.invalid(
            place,
            "multimodal",
            `multimodal is for PDF files only, and "${fileName}" does not end with .pdf`
          )
          : undefined) ??
        metadataProblem(place, options.metadata)
  )

interface Page {
  readonly limit?: number | undefined
  readonly paginationToken?: string | undefined
  readonly filter?: Filter.Filter<never> | undefined
}

/** A page of a list: how many entries it may have, after which, and which are looked for. */
export const page = (place: Limits.Place, options: Page): Check =>
  ofOptions(place, options, () => {
    const { filter, limit, paginationToken }: Page = options
    return count(place, "limit", limit) ??
      optional(limit, (limit) => Limits.check("pageLimit", "limit", limit, place)) ??
      optional(paginationToken, (token: unknown) =>
        typeof token === "string"
          ? undefined
          : Input.invalid(place, "paginationToken", `must be a string, got ${Input.show(token)}`)) ??
      filterProblem(place, filter)
  })

const filterProblem = (place: Limits.Place, filter: Filter.Filter<never> | undefined): Problem => {
  if (filter === undefined) return undefined
  if (!Filter.isFilter(filter)) {
    return Input.invalid(
      place,
      "filter",
      `must be a filter, as Filter.eq and Filter.raw make them, got ${Input.show(filter)}`
    )
  }
  const problem = Filter.problem(filter.expression)
  return problem === undefined
    ? undefined
    : Input.invalid(place, problem.field === "" ? "filter" : `filter: ${problem.field}`, problem.message)
}

const blank = (text: unknown): boolean => typeof text !== "string" || text.trim() === ""

const messagesProblem = (place: Limits.Place, messages: unknown): Problem => {
  if (!Input.isArray(messages)) {
    return Input.invalid(place, "messages", `must be a list of messages, got ${Input.show(messages)}`)
  }
  if (messages.length === 0) return Input.invalid(place, "messages", "must have at least one message")
  for (let i = 0; i < messages.length; i++) {
    const message = messages[i]
    const field = `messages[${i}]`
    if (!Input.isObject(message)) {
      return Input.invalid(place, field, `must be an object of role and content, got ${Input.show(message)}`)
    }
    const { content, role } = message
    if (blank(content)) {
      return Input.invalid(place, `${field}.content`, `must be a string, got ${Input.show(content)}`)
    }
    if (blank(role)) {
      return Input.invalid(
        place,
        `${field}.role`,
        `must be user, assistant or system, got ${Input.show(role)}`
      )
    }
  }
  return undefined
}

const leastSnippetSize = 512

interface Snippets {
  readonly topK?: number | undefined
  readonly snippetSize?: number | undefined
}

/** Which snippets to find. */
const snippetsProblem = (place: Limits.Place, within: string, { snippetSize, topK }: Snippets): Problem =>
  count(place, `${within}topK`, topK) ??
    Limits.check("snippets", `${within}topK`, topK ?? 0, place) ??
    count(place, `${within}snippetSize`, snippetSize, leastSnippetSize) ??
    Limits.check("snippetSize", `${within}snippetSize`, snippetSize ?? 0, place)

/** A chat in any form. */
export const chat = (
  place: Limits.Place,
  options: {
    readonly messages: ReadonlyArray<{ readonly role: string; readonly content: string }>
    readonly temperature?: number | undefined
    readonly filter?: Filter.Filter<never> | undefined
    readonly contextOptions?: Snippets | undefined
  }
): Check =>
  ofOptions(place, options, () => {
    const { contextOptions, filter, messages, temperature } = options
    return messagesProblem(place, messages) ??
      optional(temperature, (temperature) =>
        Number.isFinite(temperature) && temperature >= 0
          ? undefined
          : Input.invalid(place, "temperature", `must be a number >= 0, got ${Input.show(temperature)}`)) ??
      filterProblem(place, filter) ??
      optional(contextOptions, (given: unknown) =>
        Input.isObject(given)
          ? undefined
          : Input.invalid(place, "contextOptions", `must be an object, got ${Input.show(given)}`)) ??
      snippetsProblem(place, "contextOptions.", contextOptions ?? {})
  })

/** A question for context. */
export const context = (
  place: Limits.Place,
  options: Snippets & {
    readonly query?: string | undefined
    readonly messages?: ReadonlyArray<{ readonly role: string; readonly content: string }> | undefined
    readonly filter?: Filter.Filter<never> | undefined
  }
): Check =>
  ofOptions(place, options, () => {
    const { filter, messages, query } = options
    return ((query === undefined) === (messages === undefined)
      ? Input.invalid(place, "query", "must have exactly one of query and messages")
      : messages !== undefined
      ? messagesProblem(place, messages)
      : blank(query)
      ? Input.invalid(place, "query", `must be a string, got ${Input.show(query)}`)
      : undefined) ??
      filterProblem(place, filter) ??
      snippetsProblem(place, "", options)
  })

/** What to evaluate: texts by these names. */
export const texts = (
  place: Limits.Place,
  options: Readonly<Record<string, string>>,
  fields: ReadonlyArray<string>
): Check =>
  ofOptions(place, options, () => {
    for (const field of fields) {
      if (blank(options[field])) {
        return Input.invalid(place, field, `must be a string, got ${Input.show(options[field])}`)
      }
    }
    return undefined
  })
