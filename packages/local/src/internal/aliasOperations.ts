import * as Limits from "@effect-pinecone/schema/Limits"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Encoding from "effect/Encoding"
import * as Schema from "effect/Schema"
import * as apiVersion from "./apiVersion.js"
import type { Operations } from "./operations.js"
import * as problem from "./problem.js"
import type { LiveIndex } from "./project.js"
import * as versions from "./versions.js"

const { limits } = Limits

type Name = Extract<keyof Operations, `${string}NamespaceAlias${string}`>

type ListRequest = Parameters<Operations["listNamespaceAliases"]>[1]

const refuse = (reason: string, message: string) => problem.because(problem.badRequest(message), reason)

/** What every operation on aliases needs. */
const allowed = ({ document: { model } }: LiveIndex): Effect.Effect<void, problem.Problem> =>
  Effect.gen(function*() {
    const wrong = versions.aliasesLacking(yield* apiVersion.Current)
    if (wrong !== undefined) return yield* wrong
    if (model.spec.pod !== undefined) {
      return yield* problem.notImplemented("Aliases of namespaces are supported only for serverless indexes")
    }
  })

/** Where a page begins, and of which list. */
const Token = Schema.parseJson(
  Schema.Struct({
    after: Schema.String,
    prefix: Schema.optional(Schema.String),
    target: Schema.optional(Schema.String)
  })
)

const decodeToken = Schema.decodeOption(Token)
const encodeToken = Schema.encodeSync(Token)

const readToken = (text: string) =>
  Effect.mapError(
    Effect.flatMap(
      Either.mapLeft(Encoding.decodeBase64UrlString(text), () => undefined),
      (json) => decodeToken(json)
    ),
    () => refuse("INVALID_PAGINATION_TOKEN", "The pagination token is invalid.")
  )

const prefixProblem = (prefix: string): problem.Problem | undefined =>
  prefix.length > limits.namespaceLength
    ? refuse("PREFIX_TOO_LONG", `prefix must have at most ${limits.namespaceLength} characters, got ${prefix.length}`)
    : prefix.includes("\0")
    ? refuse("PREFIX_MUST_NOT_CONTAIN_NULL_CHARACTER", "prefix must not contain a NUL character")
    : /^[\0-\x7F]*$/.test(prefix)
    ? undefined
    : refuse("PREFIX_MUST_BE_ASCII", "prefix must be of ASCII characters")

/** What to list: what the request says, and where it says nothing, its token. */
const listing = (request: ListRequest) =>
  Effect.gen(function*() {
    const { limit = limits.listLimit, paginationToken = "", prefix, targetNamespace } = request
    if (limit < 1 || limit > limits.listLimit) {
      return yield* refuse("LIST_INVALID_LIMIT", `limit must be between 1 and ${limits.listLimit}, got ${limit}`)
    }
    if (targetNamespace === "") return yield* refuse("TARGET_FILTER_EMPTY", "target_namespace must not be empty")
    const wrong = prefixProblem(prefix ?? "")
    if (wrong !== undefined) return yield* wrong
    if (paginationToken === "") return { limit, prefix, target: targetNamespace, after: undefined }
    const token = yield* readToken(paginationToken)
    if (prefix !== undefined && prefix !== token.prefix) {
      return yield* refuse(
        token.prefix === undefined ? "LIST_INVALID_TOKEN_WITH_PREFIX" : "LIST_INVALID_TOKEN_WITH_NEW_PREFIX",
        "The pagination token is of a list with another prefix"
      )
    }
    if (targetNamespace !== undefined && targetNamespace !== token.target) {
      return yield* refuse(
        token.target === undefined ? "LIST_INVALID_TOKEN_WITH_TARGET" : "LIST_INVALID_TOKEN_WITH_NEW_TARGET",
        "The pagination token is of a list with another target_namespace"
      )
    }
    return { limit, ...token }
  })

/** The operations on the aliases of an index. */
export const operations: Pick<Operations, Name> = {
  listNamespaceAliases: (index, request) =>
    Effect.gen(function*() {
      yield* allowed(index)
      const { after, limit, prefix, target } = yield* listing(request)
      const all = (yield* index.data.aliases.all).filter(({ name, targetNamespace }) =>
        name.startsWith(prefix ?? "") && (target === undefined || targetNamespace === target)
      )
      const rest = after === undefined ? all : all.filter(({ name }) => name > after)
      const namespaceAliases = rest.slice(0, limit)
      const last = namespaceAliases.at(-1)
      const pagination = last === undefined || rest.length <= limit
        ? undefined
        : { next: Encoding.encodeBase64Url(encodeToken({ after: last.name, prefix, target })) }
      return [{ namespaceAliases, pagination, totalCount: all.length }, {}]
    }),
  createNamespaceAlias: (index, { name, targetNamespace }) =>
    Effect.gen(function*() {
      yield* allowed(index)
      return [yield* index.data.aliases.create(name, targetNamespace), {}]
    }),
  describeNamespaceAlias: (index, { aliasName }) =>
    Effect.gen(function*() {
      yield* allowed(index)
      return [yield* index.data.aliases.describe(aliasName), {}]
    }),
  repointNamespaceAlias: (index, { aliasName, targetNamespace }) =>
    Effect.gen(function*() {
      yield* allowed(index)
      return [yield* index.data.aliases.repoint(aliasName, targetNamespace), {}]
    }),
  deleteNamespaceAlias: (index, { aliasName }) =>
    Effect.gen(function*() {
      yield* allowed(index)
      yield* index.data.aliases.remove(aliasName)
      return [{}, {}]
    })
}
