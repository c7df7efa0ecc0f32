import * as ErrorBody from "@effect-pinecone/schema/ErrorBody"
import * as HttpApiEndpoint from "@effect/platform/HttpApiEndpoint"
import * as HttpApiSchema from "@effect/platform/HttpApiSchema"
import type { HttpMethod } from "@effect/platform/HttpMethod"
import * as OpenApi from "@effect/platform/OpenApi"
import * as Schema from "effect/Schema"

export { Limit, PathSegment } from "./parameters.js"

type Any = Schema.Schema.Any

/** What an endpoint is, beside its method, name and path. */
interface Options {
  /** Its `operationId` in the OpenAPI document. */
  readonly id: string
  /** The parameters in the path. */
  readonly params?: Any
  /** The parameters in the query string. */
  readonly query?: Any
  /** The body of a request. */
  readonly payload?: Any
  /** What it answers, with the status of `withStatus`, or 200. */
  readonly success?: Any | ReadonlyArray<Any>
  /** What it fails with, beside the errors of its group. */
  readonly error?: Any | ReadonlyArray<Any>
  /** What changes its part of the OpenAPI document. */
  readonly transform?: (operation: Record<string, any>) => Record<string, any>
}

/** The Schemas of an option, or what stands for it where there is none. */
type Given<O extends Options, Key extends keyof Options, Otherwise> = O extends
  { readonly [K in Key]: infer S extends Any | ReadonlyArray<Any> } ? S extends ReadonlyArray<Any> ? S[number] : S
  : Otherwise

type TypeOf<O extends Options, Key extends keyof Options, Otherwise = never> = Schema.Schema.Type<
  Given<O, Key, Schema.Schema<Otherwise>>
>

type ContextOf<O extends Options, Key extends keyof Options> = Schema.Schema.Context<
  Given<O, Key, typeof Schema.Never>
>

/** What a URL cannot hold does not compile. */
type Checked<Method extends HttpMethod, O extends Options> =
  & (O extends { readonly params: infer S extends Any }
    ? { readonly params: HttpApiEndpoint.HttpApiEndpoint.ValidatePath<S> }
    : unknown)
  & (O extends { readonly query: infer S extends Any }
    ? { readonly query: HttpApiEndpoint.HttpApiEndpoint.ValidateUrlParams<S> }
    : unknown)
  & (O extends { readonly payload: infer S extends Any }
    ? { readonly payload: HttpApiEndpoint.HttpApiEndpoint.ValidatePayload<Method, S> }
    : unknown)

type Endpoint<Name extends string, Method extends HttpMethod, O extends Options> = HttpApiEndpoint.HttpApiEndpoint<
  Name,
  Method,
  TypeOf<O, "params">,
  TypeOf<O, "query">,
  TypeOf<O, "payload">,
  never,
  TypeOf<O, "success", void>,
  TypeOf<O, "error">,
  ContextOf<O, "params"> | ContextOf<O, "query"> | ContextOf<O, "payload"> | ContextOf<O, "success">,
  ContextOf<O, "error">
>

type AnyEndpoint<Name extends string, Method extends HttpMethod> = HttpApiEndpoint.HttpApiEndpoint<
  Name,
  Method,
  any,
  any,
  any,
  never,
  any,
  any,
  any,
  any
>

const listOf = (schemas: Any | ReadonlyArray<Any> = []): ReadonlyArray<Any> =>
  Schema.isSchema(schemas) ? [schemas] : schemas

/** The one place that declares endpoints: all of one is in its options. */
const endpoint = <Method extends HttpMethod>(method: Method) =>
<const Name extends string, O extends Options>(
  name: Name,
  path: HttpApiEndpoint.PathSegment,
  options: O & Checked<Method, O>
): Endpoint<Name, Method, O> => {
  const { error, id, params, payload, query, success, transform }: Options = options
  const bare = HttpApiEndpoint.make(method)(name, path).annotate(OpenApi.Identifier, id)
  // eslint-disable-next-line no-restricted-syntax -- no step has a type of its own: that of the result names them all.
  let made: AnyEndpoint<Name, Method> = bare as any
  if (transform !== undefined) made = made.annotate(OpenApi.Transform, transform)
  if (params !== undefined) made = made.setPath<any>(params)
  if (query !== undefined) made = made.setUrlParams<any>(query)
  if (payload !== undefined) made = made.setPayload<any>(payload)
  for (const schema of listOf(success)) made = made.addSuccess(schema)
  for (const schema of listOf(error)) made = made.addError(schema)
  return made
}

export const get = endpoint("GET")
export const post = endpoint("POST")
export const put = endpoint("PUT")
export const patch = endpoint("PATCH")
export const del = endpoint("DELETE")

/** An answer with another status than 200. */
export const withStatus = <A, I, R>(status: number, schema: Schema.Schema<A, I, R>): Schema.Schema<A, I, R> =>
  schema.annotations(HttpApiSchema.annotations({ status }))

/** Who is not let in is told so in a text, since 2026-07. */
export const unauthorized = HttpApiSchema.Text({ contentType: "text/plain" }).annotations({
  identifier: "UnauthorizedMessage",
  ...HttpApiSchema.annotations({ status: 401 })
})

/** The error of the control plane for one status, told from the others by the status in its body. */
export const controlError = <const Status extends number>(status: Status) =>
  Schema.Struct({
    ...ErrorBody.ErrorResponse.fields,
    status: Schema.Literal(status).annotations({ jsonSchema: { type: "integer", enum: [status] } })
  }).annotations({
    identifier: `ErrorResponse${status}`,
    ...HttpApiSchema.annotations({ status })
  })

/** The error of the data plane for one status, told from the others by its gRPC codes. */
export const dataError = <const Status extends number, const Codes extends readonly [number, ...ReadonlyArray<number>]>(
  status: Status,
  ...codes: Codes
) =>
  Schema.Struct({
    ...ErrorBody.RpcStatus.fields,
    code: Schema.Literal(...codes).annotations({ jsonSchema: { type: "integer", enum: codes } })
  }).annotations({
    identifier: `RpcStatus${status}`,
    ...HttpApiSchema.annotations({ status })
  })

/** A yes or no in a query string. */
export const Flag = Schema.BooleanFromString

/** A JSON object in a query string. */
export const JsonParameter = Schema.parseJson(
  Schema.Record({ key: Schema.String, value: Schema.Unknown })
).annotations({ jsonSchema: { type: "string", format: "json" } })
