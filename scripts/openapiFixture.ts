/**
 * Turns an official OpenAPI document of Pinecone into the fixture the tests of
 * `packages/http` hold the `HttpApi` definitions against: the facts of the wire
 * format and none of the prose.
 *
 * ```sh
 * tsx scripts/openapiFixture.ts db_data_2026-04.oas.yaml packages/http/test/fixtures/db_data_2026-04.json
 * ```
 */
import * as Predicate from "effect/Predicate"
import * as Fs from "node:fs"
import { parse } from "yaml"

type Json = Readonly<Record<string, unknown>>

const asRecord = (value: unknown): Json => Predicate.isReadonlyRecord(value) ? value : {}

const asArray = (value: unknown): ReadonlyArray<unknown> => Array.isArray(value) ? value : []

const mapValues = (value: unknown, f: (value: unknown) => unknown): Json =>
  Object.fromEntries(Object.entries(asRecord(value)).map(([key, value]) => [key, f(value)]))

const schemaFacts = [
  "$ref",
  "type",
  "format",
  "nullable",
  "enum",
  "x-enum",
  "const",
  "default",
  "deprecated",
  "pattern",
  "minimum",
  "maximum",
  "exclusiveMinimum",
  "exclusiveMaximum",
  "multipleOf",
  "minLength",
  "maxLength",
  "minItems",
  "maxItems",
  "uniqueItems",
  "discriminator"
]

const schemaFact = (key: string, value: unknown): unknown => {
  switch (key) {
    case "properties":
      return mapValues(value, schemaOf)
    case "additionalProperties":
    case "items":
    case "not":
      return schemaOf(value)
    case "oneOf":
    case "anyOf":
    case "allOf":
      return asArray(value).map(schemaOf)
    case "required":
      // Some scalar schemas carry a list that means nothing there.
      return Array.isArray(value) ? value : undefined
    default:
      return schemaFacts.includes(key) ? value : undefined
  }
}

const schemaOf = (schema: unknown): unknown => {
  if (!Predicate.isReadonlyRecord(schema)) {
    return schema
  }
  const out: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(schema)) {
    const fact = schemaFact(key, value)
    if (fact !== undefined) {
      out[key] = fact
    }
  }
  return out
}

const contentOf = (content: unknown): Json =>
  mapValues(content, (media) => ({ schema: schemaOf(asRecord(media).schema) }))

const methods = ["get", "put", "post", "patch", "delete", "head", "options", "trace"]

const factsOf = (document: Json): Json => {
  const resolve = (value: unknown): Json => {
    const record = asRecord(value)
    return Predicate.isString(record.$ref)
      ? resolve(record.$ref.slice(2).split("/").reduce<unknown>((at, key) => asRecord(at)[key], document))
      : record
  }

  const parameterOf = (value: unknown): Json => {
    const { in: location, name, required, schema } = resolve(value)
    return { name, in: location, required: required === true, schema: schemaOf(schema) }
  }

  const operationOf = (operation: Json, shared: ReadonlyArray<unknown>): Json => {
    const body = resolve(operation.requestBody)
    return {
      operationId: operation.operationId,
      parameters: [...shared, ...asArray(operation.parameters)].map(parameterOf),
      ...(operation.requestBody === undefined
        ? {}
        : { requestBody: { required: body.required === true, content: contentOf(body.content) } }),
      responses: mapValues(operation.responses, (response) => {
        const { content } = resolve(response)
        return content === undefined ? {} : { content: contentOf(content) }
      })
    }
  }

  return {
    openapi: document.openapi,
    version: asRecord(document.info).version,
    paths: mapValues(document.paths, (item) =>
      Object.fromEntries(
        Object.entries(asRecord(item))
          .filter(([method]) => methods.includes(method))
          .map(([method, operation]) => [
            method,
            operationOf(asRecord(operation), asArray(asRecord(item).parameters))
          ])
      )),
    components: { schemas: mapValues(asRecord(document.components).schemas, schemaOf) }
  }
}

/** JSON with one line for every operation and every schema, so that a change reads as a change of that line. */
const print = (value: unknown, depth: number, indent = ""): string => {
  if (depth === 0 || !Predicate.isReadonlyRecord(value) || Object.keys(value).length === 0) {
    return JSON.stringify(value)
  }
  const lines = Object.entries(value).map(([key, value]) =>
    `${indent} ${JSON.stringify(key)}: ${print(value, depth - 1, `${indent} `)}`
  )
  return `{\n${lines.join(",\n")}\n${indent}}`
}

const [input, output] = process.argv.slice(2)
if (input === undefined || output === undefined) {
  console.error("usage: tsx scripts/openapiFixture.ts <official.yaml> <out.json>")
  process.exit(1)
}
const document: unknown = parse(Fs.readFileSync(input, "utf8"))
Fs.writeFileSync(output, `${print(factsOf(asRecord(document)), 3)}\n`)
