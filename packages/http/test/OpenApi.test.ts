import * as HttpApi from "@effect/platform/HttpApi"
import * as HttpApiEndpoint from "@effect/platform/HttpApiEndpoint"
import * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as HttpApiSchema from "@effect/platform/HttpApiSchema"
import * as OpenApi from "@effect/platform/OpenApi"
import { describe, expect, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import * as Fs from "node:fs"
import { AdminApi } from "../src/AdminApi.js"
import { AdminApi2026_04 } from "../src/AdminApi2026_04.js"
import { AssistantControlApi } from "../src/AssistantControlApi.js"
import { AssistantDataApi } from "../src/AssistantDataApi.js"
import { AssistantEvaluationApi } from "../src/AssistantEvaluationApi.js"
import { ControlPlaneApi } from "../src/ControlPlaneApi.js"
import { ControlPlaneApi2026_04 } from "../src/ControlPlaneApi2026_04.js"
import { DataPlaneApi } from "../src/DataPlaneApi.js"
import { DataPlaneApi2026_04 } from "../src/DataPlaneApi2026_04.js"
import { InferenceApi } from "../src/InferenceApi.js"
import { MetricsApi } from "../src/MetricsApi.js"
import { OAuthApi } from "../src/OAuthApi.js"
import { compare, type Difference } from "./utils/compareOpenApi.js"
import {
  adminExceptions,
  assistantControlExceptions,
  assistantDataExceptions,
  assistantEvaluationExceptions,
  controlPlane2026_04Exceptions,
  controlPlaneExceptions,
  dataPlaneExceptions2026_04,
  dataPlaneExceptions2026_07,
  inferenceExceptions,
  metricsExceptions,
  oauthExceptions
} from "./utils/openApiExceptions.js"

/** One line for a difference, so that a failing test is read at a glance. */
const show = ({ path, problem }: Difference): string => `${path}: ${problem}`

const fixture = (name: string): unknown =>
  JSON.parse(Fs.readFileSync(new URL(`./fixtures/${name}.json`, import.meta.url), "utf8"))

describe("OpenApi", () => {
  it("the control plane is the official one", () => {
    const differences = compare(
      fixture("db_control_2026-07"),
      OpenApi.fromApi(ControlPlaneApi),
      controlPlaneExceptions
    )
    expect(differences.map(show)).toEqual([])
  })

  it("the control plane of 2026-04 is the official one", () => {
    const differences = compare(
      fixture("db_control_2026-04"),
      OpenApi.fromApi(ControlPlaneApi2026_04),
      controlPlane2026_04Exceptions
    )
    expect(differences.map(show)).toEqual([])
  })

  it("the data plane is the official one", () => {
    const differences = compare(fixture("db_data_2026-07"), OpenApi.fromApi(DataPlaneApi), dataPlaneExceptions2026_07)
    expect(differences.map(show)).toEqual([])
  })

  it("the data plane of 2026-04 is the official one", () => {
    const differences = compare(
      fixture("db_data_2026-04"),
      OpenApi.fromApi(DataPlaneApi2026_04),
      dataPlaneExceptions2026_04
    )
    expect(differences.map(show)).toEqual([])
  })

  it("inference is the official one", () => {
    const differences = compare(fixture("inference_2026-04"), OpenApi.fromApi(InferenceApi), inferenceExceptions)
    expect(differences.map(show)).toEqual([])
  })

  it("the assistants are the official ones", () => {
    const differences = [
      ...compare(
        fixture("assistant_control_2026-04"),
        OpenApi.fromApi(AssistantControlApi),
        assistantControlExceptions
      ),
      ...compare(fixture("assistant_data_2026-04"), OpenApi.fromApi(AssistantDataApi), assistantDataExceptions),
      ...compare(
        fixture("assistant_evaluation_2026-04"),
        OpenApi.fromApi(AssistantEvaluationApi),
        assistantEvaluationExceptions
      )
    ]
    expect(differences.map(show)).toEqual([])
  })

  it("administration is the official one", () => {
    const differences = [
      ...compare(fixture("admin_2026-07"), OpenApi.fromApi(AdminApi), adminExceptions),
      ...compare(fixture("admin_2026-04"), OpenApi.fromApi(AdminApi2026_04), adminExceptions),
      ...compare(fixture("oauth_2026-04"), OpenApi.fromApi(OAuthApi), oauthExceptions),
      ...compare(fixture("db_metrics_2026-04"), OpenApi.fromApi(MetricsApi), metricsExceptions)
    ]
    expect(differences.map(show)).toEqual([])
  })

  it("every reference within the documents resolves", () => {
    for (
      const document of [
        OpenApi.fromApi(ControlPlaneApi),
        OpenApi.fromApi(ControlPlaneApi2026_04),
        OpenApi.fromApi(DataPlaneApi),
        OpenApi.fromApi(AssistantDataApi)
      ]
    ) {
      const references = new Set(JSON.stringify(document).match(/"\$ref":"[^"]*"/g))
      expect(references.size).toBeGreaterThan(20)
      for (const reference of references) {
        const name = /^"\$ref":"#\/components\/schemas\/([^"/]+)"$/.exec(reference)?.[1]
        expect(name, reference).toBeDefined()
        expect(Object.keys(document.components.schemas), reference).toContain(name)
      }
    }
  })

  it("the records of a fetch are those of an upsert", () => {
    const { components } = OpenApi.fromApi(DataPlaneApi)
    const schemas = components.schemas as Readonly<Record<string, unknown>>
    for (const answer of ["FetchResponse", "FetchByMetadataResponse"]) {
      expect(JSON.stringify(schemas[answer])).toContain("{\"$ref\":\"#/components/schemas/Vector\"}")
    }
    expect(schemas["Vector"]).toMatchObject({
      type: "object",
      required: ["id"],
      properties: { id: { type: "string" } }
    })
  })
})

// -----------------------------------------------------------------------------
// The comparison itself
// -----------------------------------------------------------------------------

type Json = Readonly<Record<string, unknown>>

const json = (schema: Json): Json => ({ content: { "application/json": { schema } } })

const object = (properties: Json, required: ReadonlyArray<string> = []): Json => ({
  type: "object",
  properties,
  required
})

const string: Json = { type: "string" }
const integer: Json = { type: "integer" }

const operation = (request: Json, response: Json, more: Json = {}): Json => ({
  requestBody: { required: true, ...json(request) },
  responses: { 200: json(response) },
  ...more
})

const documentOf = (operation: Json, schemas: Json = {}): Json => ({
  paths: { "/things/{thing_id}": { post: operation } },
  components: { schemas }
})

const path = "POST /things/{thing_id}"

/** The differences of two requests, as `path: problem`. */
const requests = (official: Json, ours: Json, officialSchemas: Json = {}, ourSchemas: Json = {}) =>
  compare(
    documentOf(operation(official, {}), officialSchemas),
    documentOf(operation(ours, {}), ourSchemas),
    []
  ).map(({ path, problem }) => `${path.slice(path.indexOf("} ") + 2)}: ${problem}`)

/** The differences of two responses, as `path: problem`. */
const responses = (official: Json, ours: Json, officialSchemas: Json = {}, ourSchemas: Json = {}) =>
  compare(
    documentOf(operation({}, official), officialSchemas),
    documentOf(operation({}, ours), ourSchemas),
    []
  ).map(({ path, problem }) => `${path.slice(path.indexOf("} ") + 2)}: ${problem}`)

describe("compare", () => {
  describe("operations", () => {
    const both = operation(object({ id: string }), object({ id: string }))

    it("the same document has no differences", () => {
      expect(compare(documentOf(both), documentOf(both), [])).toEqual([])
      for (const name of ["db_control_2026-04", "db_control_2026-07", "db_data_2026-04"]) {
        expect(compare(fixture(name), fixture(name), [])).toEqual([])
      }
    })

    it("every operation of an empty document is missing, or extra the other way round", () => {
      const documents = [["db_control_2026-04", 18], ["db_control_2026-07", 24], ["db_data_2026-04", 18]] as const
      for (const [name, operations] of documents) {
        const missing = compare(fixture(name), {}, [])
        const extra = compare({}, fixture(name), [])
        expect(missing).toHaveLength(operations)
        expect(missing.every(({ problem }) => problem === "is missing")).toBe(true)
        expect(extra).toHaveLength(operations)
        expect(extra.every(({ problem }) => problem === "is not in the official document")).toBe(true)
      }
    })

    it("path parameters go by position", () => {
      const officially = { ...both, parameters: [{ name: "thing_id", in: "path", required: true, schema: string }] }
      const own = (parameters: ReadonlyArray<Json>) => ({
        paths: { "/things/{id}": { post: { ...both, parameters } } }
      })
      const id = { name: "id", in: "path", required: true, schema: string }
      expect(compare(documentOf(officially), own([id]), [])).toEqual([])
      expect(compare(documentOf(officially), own([]), [])).toEqual([{
        path: `${path} path.thing_id`,
        problem: "is missing"
      }])
    })

    it("query and header parameters", () => {
      const officially = documentOf({
        ...both,
        parameters: [
          { name: "limit", in: "query", schema: integer },
          { name: "namespace", in: "query", required: true, schema: string },
          { name: "token", in: "query", schema: string },
          { name: "X-Version", in: "header", required: true, schema: string }
        ]
      })
      const own = documentOf({
        ...both,
        parameters: [
          { name: "limit", in: "query", required: true, schema: string },
          { name: "namespace", in: "query", required: false, schema: integer },
          { name: "size", in: "query", schema: integer },
          { name: "x-version", in: "header", required: true, schema: string }
        ]
      })
      expect(compare(officially, own, [])).toEqual([
        { path: `${path} query.limit`, problem: "is required, officially optional" },
        { path: `${path} query.limit`, problem: "is string, officially integer" },
        { path: `${path} query.namespace`, problem: "is optional, officially required" },
        { path: `${path} query.namespace`, problem: "is integer, officially string" },
        { path: `${path} query.token`, problem: "is missing" },
        { path: `${path} query.size`, problem: "is not in the official document" }
      ])
    })

    it("content types and bodies", () => {
      const lines = { requestBody: { required: true, content: { "application/x-ndjson": { schema: string } } } }
      expect(compare(documentOf(both), documentOf({ ...both, ...lines }), [])).toEqual([
        { path: `${path} request`, problem: "has application/x-ndjson, officially application/json" }
      ])
      expect(compare(documentOf(both), documentOf({ responses: both.responses }), [])).toEqual([
        { path: `${path} request`, problem: "has no content, officially application/json" }
      ])
      expect(compare(documentOf({ responses: both.responses }), documentOf(both), [])).toEqual([
        { path: `${path} request`, problem: "has application/json, officially no content" }
      ])
    })

    it("statuses", () => {
      const withResponses = (responses: Json) => documentOf({ requestBody: both.requestBody, responses })
      const error = json(object({ message: string }))
      expect(compare(withResponses({ 202: {} }), withResponses({ 200: {}, 202: json(string) }), [])).toEqual([
        { path: `${path} response.200`, problem: "is not in the official document" },
        { path: `${path} response.202`, problem: "has application/json, officially no content" }
      ])
      expect(compare(withResponses({ 404: error, "5XX": error }), withResponses({ 429: error }), [])).toEqual([
        { path: `${path} response.404`, problem: "is missing" },
        { path: `${path} response.5XX`, problem: "is missing" }
      ])
      expect(compare(
        withResponses({ "4XX": error, "5XX": error }),
        withResponses({ 401: error, 503: json(object({ code: string })) }),
        []
      )).toEqual([
        { path: `${path} response.503.message`, problem: "is missing" },
        { path: `${path} response.503.code`, problem: "is not in the official document" }
      ])
    })
  })

  describe("fields", () => {
    it("missing and extra", () => {
      const left = object({ a: string, b: { type: "array", items: object({ c: string, d: string }) } })
      const right = object({ a: string, b: { type: "array", items: object({ c: string, e: string }) }, f: string })
      const expected = (place: string) => [
        `${place}.b[].d: is missing`,
        `${place}.b[].e: is not in the official document`,
        `${place}.f: is not in the official document`
      ]
      expect(requests(left, right)).toEqual(expected("request"))
      expect(responses(left, right)).toEqual(expected("response.200"))
    })

    it("types", () => {
      const of = (schema: Json) => object({ a: schema })
      const number = { type: "number" }
      expect(requests(of(string), of(integer))).toEqual(["request.a: is integer, officially string"])
      expect(requests(of(integer), of(number))).toEqual([])
      expect(requests(of(number), of(integer))).toEqual(["request.a: is integer, officially number"])
      expect(requests(of(string), of({ anyOf: [string, { type: "null" }] }))).toEqual([])
      expect(requests(of(string), of({ anyOf: [string, number] }))).toEqual([
        "request.a: is string | number, officially string"
      ])
      expect(requests(of({ type: "array", items: string }), of({ type: "array", items: number }))).toEqual([
        "request.a[]: is number, officially string"
      ])
      expect(requests(of(string), of({ $id: "/schemas/unknown" }))).toEqual(["request.a: is any, officially string"])
      expect(requests(of({ type: "object" }), of({ type: "object", additionalProperties: string }))).toEqual([])
    })

    it("required, strict for requests and lenient for responses", () => {
      const optional = object({ a: string })
      const required = object({ a: string }, ["a"])
      expect(requests(required, optional)).toEqual(["request.a: is optional, officially required"])
      expect(requests(optional, required)).toEqual(["request.a: is required, officially optional"])
      expect(responses(required, optional)).toEqual([])
      expect(responses(optional, required)).toEqual(["response.200.a: is required, officially optional"])
    })

    it("maps", () => {
      const map = (schema: Json) => ({ type: "object", additionalProperties: schema })
      expect(responses(map(object({ a: string })), map(object({ b: string })))).toEqual([
        "response.200.*.a: is missing",
        "response.200.*.b: is not in the official document"
      ])
      expect(responses(map(string), { type: "object" })).toEqual(["response.200.*: is any, officially string"])
    })

    it("named values", () => {
      const official = { type: "string", "x-enum": ["a", "b"] }
      const closed = (...values: ReadonlyArray<string>) => ({ type: "string", enum: values })
      expect(responses(official, string)).toEqual([])
      expect(responses(official, { anyOf: [closed("a", "b"), string] })).toEqual([])
      expect(responses(official, closed("a", "b"))).toEqual([])
      expect(responses(official, closed("a"))).toEqual(["response.200: does not take the official b"])
      expect(responses(official, { anyOf: [closed("a", "c"), string] })).toEqual([
        "response.200: does not name the official b",
        "response.200: names c, which the official document does not"
      ])
      expect(responses(string, closed("a"))).toEqual([
        "response.200: takes only a, officially the values are not closed"
      ])
    })

    it("bounds may not be narrower", () => {
      const between = (minimum: number, maximum: number) => ({ type: "integer", minimum, maximum })
      expect(requests(between(1, 10), between(1, 10))).toEqual([])
      expect(requests(between(1, 10), integer)).toEqual([])
      expect(requests(between(1, 10), between(0, 5))).toEqual(["request: has maximum 5, officially 10"])
      expect(requests(string, { allOf: [string, { minLength: 1 }] })).toEqual([
        "request: has minLength 1, officially unbounded"
      ])
    })

    it("alternatives are held against the most alike", () => {
      const pod = object({ pod: object({ replicas: integer }) }, ["pod"])
      const serverless = object({ serverless: object({ cloud: string, region: string }) }, ["serverless"])
      const official = { type: "object", oneOf: [serverless, pod] }
      expect(requests(official, { anyOf: [pod, serverless] })).toEqual([])
      expect(requests(official, pod)).toEqual([
        "request.serverless: is missing",
        "request.pod: is required, officially not in every alternative"
      ])
      const own = { anyOf: [pod, object({ serverless: object({ cloud: string }) }, ["serverless"])] }
      expect(requests(official, own)).toEqual(["request.serverless.region: is missing"])
      expect(requests(official, { anyOf: [pod, serverless, object({ byoc: string })] })).toContain(
        "request.byoc: is not in the official document"
      )
    })

    it("a discriminator names the values of its property", () => {
      const schemas = {
        OnDemand: object({ mode: string }, ["mode"]),
        Dedicated: object({ mode: string, nodes: integer }, ["mode", "nodes"])
      }
      const official = {
        oneOf: [{ $ref: "#/components/schemas/OnDemand" }, { $ref: "#/components/schemas/Dedicated" }],
        discriminator: {
          propertyName: "mode",
          mapping: { OnDemand: "#/components/schemas/OnDemand", Dedicated: "#/components/schemas/Dedicated" }
        }
      }
      const own = (tag: string) => ({
        anyOf: [
          object({ mode: { type: "string", enum: ["OnDemand"] } }, ["mode"]),
          object({ mode: { type: "string", enum: [tag] }, nodes: integer }, ["mode", "nodes"])
        ]
      })
      expect(requests(official, own("Dedicated"), schemas)).toEqual([])
      expect(requests(official, own("dedicated"), schemas)).toEqual([
        "request.mode: does not take the official Dedicated",
        "request.mode: names dedicated, which the official document does not"
      ])
    })

    it("recursive schemas", () => {
      const ref = { $ref: "#/components/schemas/Tree" }
      const tree = (value: Json) => ({ Tree: object({ value, children: { type: "array", items: ref } }) })
      expect(requests(ref, ref, tree(string), tree(string))).toEqual([])
      expect(requests(ref, ref, tree(string), tree(integer))).toEqual([
        "request.value: is integer, officially string"
      ])
    })
  })

  describe("exceptions", () => {
    const official = documentOf(operation(object({ a: string, b: string }), {}))
    const own = documentOf(operation(object({}), {}))

    it("cover the differences they name and no other", () => {
      expect(compare(official, own, [
        { path: `${path} request.a`, reason: "meant" }
      ])).toEqual([{ path: `${path} request.b`, problem: "is missing" }])
      expect(compare(official, own, [{ path: / request\.[ab]$/, reason: "meant" }])).toEqual([])
      expect(compare(official, own, [
        { path: / request\.[ab]$/, problem: "is missing", reason: "meant" }
      ])).toEqual([])
      expect(compare(official, own, [
        { path: / request\.[ab]$/, problem: /^is required/, reason: "meant" }
      ])).toHaveLength(3)
    })

    it("are reported when stale", () => {
      expect(compare(official, official, [
        { path: `${path} request.a`, reason: "once meant" },
        { path: /request$/, reason: "once meant too" }
      ])).toEqual([
        { path: `${path} request.a`, problem: "is a stale exception (once meant)" },
        { path: "/request$/", problem: "is a stale exception (once meant too)" }
      ])
    })
  })

  describe("documents of an HttpApi", () => {
    class Gone extends Schema.TaggedError<Gone>()(
      "Gone",
      { message: Schema.String },
      HttpApiSchema.annotations({ status: 404 })
    ) {}

    const Floats = Schema.declare((u: unknown): u is Float32Array => u instanceof Float32Array, {
      identifier: "Floats",
      jsonSchema: { type: "array", items: { type: "number" } }
    })

    const State = Schema.Union(Schema.Literal("Ready", "Failed"), Schema.String)

    interface Category {
      readonly name: string
      readonly children?: ReadonlyArray<Category>
    }
    const Category: Schema.Schema<Category> = Schema.Struct({
      name: Schema.String,
      children: Schema.optionalWith(Schema.Array(Schema.suspend(() => Category)), { exact: true })
    }).annotations({ identifier: "Category" })

    const Thing = Schema.Struct({
      topK: Schema.propertySignature(Schema.Int).pipe(Schema.fromKey("top_k")),
      values: Schema.optional(Floats),
      state: State,
      category: Schema.optional(Category),
      note: Schema.optionalWith(Schema.String, { nullable: true }),
      comment: Schema.optionalWith(Schema.NullOr(Schema.String), { default: () => null }),
      labels: Schema.optional(Schema.Record({ key: Schema.String, value: Schema.String })),
      extent: Schema.optionalWith(Schema.Unknown, { exact: true }),
      size: Schema.optionalWith(Schema.NumberFromString, { as: "Option" })
    })

    const Api = HttpApi.make("api").add(
      HttpApiGroup.make("things").add(
        HttpApiEndpoint.post("update", "/things/:id")
          .setPath(Schema.Struct({ id: Schema.String }))
          .setUrlParams(Schema.Struct({ limit: Schema.optional(Schema.NumberFromString) }))
          .setPayload(Thing)
          .addSuccess(Thing, { status: 201 })
          .addError(Gone)
      ).add(
        HttpApiEndpoint.del("remove", "/things/:id")
          .setPath(Schema.Struct({ id: Schema.String }))
          .addSuccess(HttpApiSchema.Empty(202))
      )
    )

    const thing = object({
      top_k: integer,
      values: { type: "array", items: { type: "number", format: "float" } },
      state: { type: "string", "x-enum": ["Ready", "Failed"] },
      category: { $ref: "#/components/schemas/Category" },
      note: string,
      comment: string,
      labels: { type: "object", additionalProperties: string },
      extent: {},
      size: string
    }, ["top_k", "state"])

    const officialOf = (thing: Json, errors: Json): Json => {
      const parameters = [{ name: "thing_id", in: "path", required: true, schema: string }]
      return {
        paths: {
          "/things/{thing_id}": {
            post: {
              parameters: [...parameters, { name: "limit", in: "query", schema: integer }],
              requestBody: { required: true, ...json(thing) },
              responses: { 201: json(thing), ...errors }
            },
            delete: { parameters, responses: { 202: {} } }
          }
        },
        components: {
          schemas: {
            Category: object({
              name: string,
              children: { type: "array", items: { $ref: "#/components/schemas/Category" } }
            }, ["name"])
          }
        }
      }
    }

    const gone = { 404: json(object({ _tag: string, message: string }, ["_tag", "message"])) }

    it("are understood", () => {
      expect(compare(officialOf(thing, gone), OpenApi.fromApi(Api), [])).toEqual([
        { path: `${path} response.404._tag`, problem: "takes only Gone, officially the values are not closed" }
      ])
    })

    it("differ where they should", () => {
      const other = object({
        topK: integer,
        values: { type: "array", items: string },
        state: { type: "string", "x-enum": ["Ready", "Terminating"] },
        category: string,
        note: integer,
        comment: string,
        labels: { type: "object", additionalProperties: integer },
        extent: string,
        size: integer
      }, ["note"])
      const expected = (at: string) => [
        { path: `${at}.topK`, problem: "is missing" },
        { path: `${at}.values[]`, problem: "is number, officially string" },
        { path: `${at}.state`, problem: "is required, officially optional" },
        { path: `${at}.state`, problem: "does not name the official Terminating" },
        { path: `${at}.state`, problem: "names Failed, which the official document does not" },
        { path: `${at}.category`, problem: "is object, officially string" },
        { path: `${at}.note`, problem: "is string, officially integer" },
        { path: `${at}.labels.*`, problem: "is string, officially integer" },
        { path: `${at}.extent`, problem: "is any, officially string" },
        { path: `${at}.size`, problem: "is string, officially integer" },
        { path: `${at}.top_k`, problem: "is not in the official document" }
      ]
      const differences = compare(officialOf(other, { 400: json(string) }), OpenApi.fromApi(Api), [])
      expect(differences.filter((found) => found.path.includes("} request"))).toEqual([
        ...expected(`${path} request`).slice(0, 6),
        { path: `${path} request.note`, problem: "is optional, officially required" },
        ...expected(`${path} request`).slice(6)
      ])
      expect(differences.filter((found) => found.path.includes("} response"))).toEqual([
        // The 400 that every `HttpApi` has is not an answer of the API described.
        { path: `${path} response.400`, problem: "is missing" },
        ...expected(`${path} response.201`)
      ])
      expect(differences.filter((found) => !/\} re(quest|sponse)/.test(found.path))).toEqual([])
    })
  })
})
