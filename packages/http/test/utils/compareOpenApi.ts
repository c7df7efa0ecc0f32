/**
 * Holds an OpenAPI document generated from an `HttpApi` against an official
 * one, operation by operation and field by field.
 *
 * A difference is anything a caller could notice on the wire. The comparison is
 * strict about requests in both directions. For responses the generated
 * document may be more lenient than the official one, never stricter: a field
 * may be optional or nullable although the official document requires it.
 */
import * as Predicate from "effect/Predicate"

/** One thing the two documents disagree about. */
export interface Difference {
  /** For example `POST /query request.filter`. */
  readonly path: string
  readonly problem: string
}

/** A difference that is meant: a string names one path or problem exactly. */
export interface Exception {
  readonly path: string | RegExp
  /** Which problem of the path is meant; without it, any. */
  readonly problem?: string | RegExp
  readonly reason: string
}

type Json = Readonly<Record<string, unknown>>

/**
 * Where a schema is used. The values of parameters travel as text, so a text
 * that is decoded into a number stands for a number there.
 */
type Place = "parameter" | "request" | "response"

interface Bounds {
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly minItems?: number
  readonly maxItems?: number
}

interface AnyShape {
  readonly kind: "any"
  readonly bounds: Bounds
}

interface ScalarShape {
  readonly kind: "null" | "boolean" | "string" | "integer" | "number"
  readonly bounds: Bounds
  /** The values the schema names. */
  readonly values: ReadonlyArray<unknown> | undefined
  /** Whether the named values are all there are. */
  readonly closed: boolean
  /** Whether the schema says no more than its type. */
  readonly bare: boolean
}

interface ArrayShape {
  readonly kind: "array"
  readonly bounds: Bounds
  /** `undefined` where the items are not described. */
  readonly items: unknown
}

interface ObjectShape {
  readonly kind: "object"
  readonly bounds: Bounds
  readonly properties: Json
  readonly required: ReadonlyArray<string>
  /** The schema of the values of a map, `undefined` where there is none. */
  readonly values: unknown
}

type Shape = AnyShape | ScalarShape | ArrayShape | ObjectShape

const scalarKinds = ["null", "boolean", "string", "integer", "number"] as const

/** The error every `HttpApi` adds for its own server side, which is no answer of the API described. */
const ownErrors: ReadonlyArray<unknown> = ["#/components/schemas/HttpApiDecodeError"]

const asRecord = (value: unknown): Json => Predicate.isReadonlyRecord(value) ? value : {}

const asArray = (value: unknown): ReadonlyArray<unknown> => Array.isArray(value) ? value : []

const asStrings = (value: unknown): ReadonlyArray<string> => asArray(value).filter(Predicate.isString)

const list = (values: ReadonlyArray<unknown>): string => values.map((value) => String(value)).join(", ")

const unique = <A>(values: ReadonlyArray<A>): ReadonlyArray<A> => [...new Set(values)]

const addAll = (target: Array<Difference>, found: ReadonlyArray<Difference>): void => {
  for (const difference of found) {
    target.push(difference)
  }
}

const isKind = <K extends Shape["kind"]>(kind: K) => (shape: Shape): shape is Extract<Shape, { readonly kind: K }> =>
  shape.kind === kind

const isArrayShape = isKind("array")

const isObjectShape = isKind("object")

const isScalarShape = (shape: Shape): shape is ScalarShape =>
  shape.kind !== "any" && shape.kind !== "array" && shape.kind !== "object"

// -----------------------------------------------------------------------------
// Documents
// -----------------------------------------------------------------------------

const deref = (document: Json, value: unknown): unknown => {
  let current = value
  for (let hops = 0; hops < 32; hops++) {
    const ref = asRecord(current).$ref
    if (!Predicate.isString(ref)) {
      return current
    }
    current = ref.slice(2).split("/").reduce<unknown>(
      (at, key) => asRecord(at)[key.replaceAll("~1", "/").replaceAll("~0", "~")],
      document
    )
  }
  return undefined
}

const resolve = (document: Json, value: unknown): Json => asRecord(deref(document, value))

// -----------------------------------------------------------------------------
// Shapes
// -----------------------------------------------------------------------------

const anything: AnyShape = { kind: "any", bounds: {} }

const anyObject: ObjectShape = { kind: "object", bounds: {}, properties: {}, required: [], values: undefined }

const boundKeys = ["minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems"] as const

const boundsOf = (schema: Json, kind: string): Bounds => {
  const out: { -readonly [K in keyof Bounds]: Bounds[K] } = {}
  for (const key of boundKeys) {
    const value = schema[key]
    if (Predicate.isNumber(value)) {
      out[key] = value
    }
  }
  if (kind === "array") {
    // The official documents bound arrays by the keywords for strings.
    return {
      ...(out.minLength === undefined ? {} : { minItems: out.minLength }),
      ...(out.maxLength === undefined ? {} : { maxItems: out.maxLength }),
      ...(out.minItems === undefined ? {} : { minItems: out.minItems }),
      ...(out.maxItems === undefined ? {} : { maxItems: out.maxItems })
    }
  }
  const step = kind === "integer" ? 1 : 0
  if (Predicate.isNumber(schema.exclusiveMinimum)) {
    out.minimum = schema.exclusiveMinimum + step
  }
  if (Predicate.isNumber(schema.exclusiveMaximum)) {
    out.maximum = schema.exclusiveMaximum - step
  }
  return out
}

const kindOfValue = (value: unknown): string =>
  value === null ? "null" : Number.isInteger(value) ? "integer" : Array.isArray(value) ? "array" : typeof value

const typesOf = (schema: Json): ReadonlyArray<string> => {
  if (Predicate.isString(schema.type)) {
    return [schema.type]
  }
  if (Array.isArray(schema.type)) {
    return asStrings(schema.type)
  }
  if ("enum" in schema) {
    return unique(asArray(schema.enum).map(kindOfValue))
  }
  if ("const" in schema) {
    return [kindOfValue(schema.const)]
  }
  if ("properties" in schema || Predicate.isReadonlyRecord(schema.additionalProperties)) {
    return ["object"]
  }
  return "items" in schema || "prefixItems" in schema ? ["array"] : []
}

const valuesOf = (schema: Json): ReadonlyArray<unknown> | undefined =>
  "enum" in schema
    ? asArray(schema.enum)
    : "const" in schema
    ? [schema.const]
    : "x-enum" in schema
    ? asArray(schema["x-enum"])
    : undefined

const itemsOf = (schema: Json): unknown => {
  const prefix = asArray(schema.prefixItems)
  if (prefix.length === 0) {
    return schema.items
  }
  return { anyOf: Predicate.isReadonlyRecord(schema.items) ? [...prefix, schema.items] : prefix }
}

const mapValuesOf = (schema: Json): unknown =>
  Predicate.isReadonlyRecord(schema.additionalProperties)
    ? schema.additionalProperties
    : Object.values(asRecord(schema.patternProperties))[0]

/** The alternatives a schema has by its own keywords, references and combinations left aside. */
const shapesByKeyword = (schema: Json): ReadonlyArray<Shape> => {
  const types = typesOf(schema)
  if (types.length === 0) {
    return [{ kind: "any", bounds: boundsOf(schema, "any") }]
  }
  return types.flatMap((type): ReadonlyArray<Shape> => {
    const bounds = boundsOf(schema, type)
    if (type === "array") {
      return [{ kind: "array", bounds, items: itemsOf(schema) }]
    }
    if (type === "object") {
      return [{
        kind: "object",
        bounds,
        properties: asRecord(schema.properties),
        required: asStrings(schema.required),
        values: mapValuesOf(schema)
      }]
    }
    const kind = scalarKinds.find((kind) => kind === type)
    if (kind === undefined) {
      return []
    }
    const named = valuesOf(schema)
    const own = named?.filter((value) => {
      const found = kindOfValue(value)
      return found === kind || (kind === "number" && found === "integer")
    })
    if (named !== undefined && own?.length === 0) {
      // `{ type: "string", enum: [null] }` names nothing but null.
      return named.includes(null) ? [nothing] : []
    }
    return [{
      kind,
      bounds,
      values: own,
      closed: "enum" in schema || "const" in schema,
      bare: Object.keys(schema).length === 1
    }]
  })
}

const nothing: ScalarShape = { kind: "null", bounds: {}, values: undefined, closed: false, bare: true }

const both = (left: Shape, right: Shape): ReadonlyArray<Shape> => {
  const bounds = { ...left.bounds, ...right.bounds }
  if (left.kind === "any") {
    return [{ ...right, bounds }]
  }
  if (right.kind === "any") {
    return [{ ...left, bounds }]
  }
  if (left.kind === "object" && right.kind === "object") {
    return [{
      kind: "object",
      bounds,
      properties: { ...left.properties, ...right.properties },
      required: unique([...left.required, ...right.required]),
      values: right.values ?? left.values
    }]
  }
  if (left.kind === "array" && right.kind === "array") {
    return [{ kind: "array", bounds, items: right.items ?? left.items }]
  }
  if (isScalarShape(left) && isScalarShape(right)) {
    const narrower = left.kind === "integer" && right.kind === "number" ? left : right
    return left.kind === right.kind || (left.kind === "number" && right.kind === "integer") || narrower === left
      ? [{ ...narrower, bounds, values: right.values ?? left.values, closed: left.closed || right.closed, bare: false }]
      : []
  }
  return []
}

/** A discriminator says which value its property has in which alternative. */
const tagged = (schema: Json, member: unknown, shapes: ReadonlyArray<Shape>): ReadonlyArray<Shape> => {
  const { mapping, propertyName } = asRecord(schema.discriminator)
  const ref = asRecord(member).$ref
  if (!Predicate.isString(propertyName) || !Predicate.isString(ref)) {
    return shapes
  }
  const tags = Object.entries(asRecord(mapping)).filter(([, target]) => target === ref).map(([tag]) => tag)
  if (tags.length === 0) {
    return shapes
  }
  return shapes.map((shape) =>
    shape.kind === "object"
      ? { ...shape, properties: { ...shape.properties, [propertyName]: { type: "string", enum: tags } } }
      : shape
  )
}

/** The alternatives of a schema: what `$ref`, `oneOf`, `anyOf`, `allOf` and `nullable` come to. */
const shapesOf = (document: Json, schema: unknown, seen: ReadonlyArray<unknown> = []): ReadonlyArray<Shape> => {
  if (schema === false || seen.includes(schema)) {
    return []
  }
  if (!Predicate.isReadonlyRecord(schema)) {
    return [anything]
  }
  switch (schema.$id) {
    case "/schemas/any":
    case "/schemas/unknown":
    case "/schemas/void":
      return [anything]
    case "/schemas/never":
      return []
    case "/schemas/object":
    case "/schemas/%7B%7D":
      return [anyObject]
  }
  const within = [...seen, schema]
  const parts: Array<ReadonlyArray<Shape>> = [shapesByKeyword(schema)]
  if (Predicate.isString(schema.$ref)) {
    parts.push(
      shapesOf(document, deref(document, { $ref: schema.$ref }), within)
        .map((shape) => isScalarShape(shape) ? { ...shape, bare: false } : shape)
    )
  }
  for (const part of asArray(schema.allOf)) {
    parts.push(shapesOf(document, part, within))
  }
  for (const members of [schema.oneOf, schema.anyOf]) {
    if (Array.isArray(members)) {
      parts.push(members.flatMap((member) => tagged(schema, member, shapesOf(document, member, within))))
    }
  }
  const shapes = parts.reduce((left, right) => left.flatMap((l) => right.flatMap((r) => both(l, r))))
  return schema.nullable === true ? [...shapes, nothing] : shapes
}

const describe = (shapes: ReadonlyArray<Shape>): string =>
  shapes.length === 0 ? "nothing" : unique(shapes.map((shape) => shape.kind)).join(" | ")

// -----------------------------------------------------------------------------
// Schemas
// -----------------------------------------------------------------------------

/** Whether `ours` takes every value `official` stands for, as far as the type goes. */
const covers = (official: Shape, ours: Shape, place: Place): boolean => {
  if (official.kind === ours.kind || (official.kind === "integer" && ours.kind === "number")) {
    return true
  }
  return place === "parameter" && ours.kind === "string" && !ours.bare && isScalarShape(official)
}

/** Whether `ours` has a counterpart in `official` at all. */
const isKnown = (official: Shape, ours: Shape, place: Place): boolean =>
  covers(official, ours, place) ||
  (official.kind === "number" && ours.kind === "integer") ||
  // One value of a list parameter, sent by itself.
  (place === "parameter" && official.kind === "array" && isScalarShape(ours))

interface Values {
  readonly named: ReadonlyArray<unknown>
  readonly closed: boolean
}

const allValues = (shapes: ReadonlyArray<ScalarShape>): Values => ({
  named: unique(shapes.flatMap((shape) => shape.values ?? [])),
  closed: shapes.length > 0 && shapes.every((shape) => shape.closed)
})

const compareValues = (path: string, official: Values, ours: Values): ReadonlyArray<Difference> => {
  if (official.named.length === 0) {
    return ours.closed
      ? [{ path, problem: `takes only ${list(ours.named)}, officially the values are not closed` }]
      : []
  }
  const missing = official.named.filter((value) => !ours.named.includes(value))
  const extra = ours.named.filter((value) => !official.named.includes(value))
  const differences: Array<Difference> = []
  if (missing.length > 0 && ours.closed) {
    differences.push({ path, problem: `does not take the official ${list(missing)}` })
  } else if (missing.length > 0 && ours.named.length > 0) {
    differences.push({ path, problem: `does not name the official ${list(missing)}` })
  }
  if (extra.length > 0) {
    differences.push({ path, problem: `names ${list(extra)}, which the official document does not` })
  }
  return differences
}

const compareBounds = (path: string, official: Bounds, ours: Bounds): ReadonlyArray<Difference> =>
  boundKeys.flatMap((key) => {
    const [theirs, own] = [official[key], ours[key]]
    if (own === undefined) {
      return []
    }
    const isNarrower = theirs === undefined || (key.startsWith("min") ? own > theirs : own < theirs)
    return isNarrower ? [{ path, problem: `has ${key} ${own}, officially ${theirs ?? "unbounded"}` }] : []
  })

const compareRequired = (
  path: string,
  official: boolean,
  ours: boolean,
  place: Place
): ReadonlyArray<Difference> => {
  if (ours && !official) {
    return [{ path, problem: "is required, officially optional" }]
  }
  return official && !ours && place !== "response" ? [{ path, problem: "is optional, officially required" }] : []
}

const cheapest = (candidates: ReadonlyArray<ReadonlyArray<Difference>>): number =>
  candidates.reduce((best, candidate, index) => candidate.length < candidates[best].length ? index : best, 0)

const makeCompareSchemas = (official: Json, ours: Json) => {
  const open: Array<readonly [unknown, unknown, Place]> = []

  const compareObjects = (
    path: string,
    theirs: ObjectShape,
    own: ObjectShape,
    known: ReadonlySet<string>,
    place: Place
  ): ReadonlyArray<Difference> => {
    const differences: Array<Difference> = []
    for (const [name, schema] of Object.entries(theirs.properties)) {
      const at = `${path}.${name}`
      if (!Object.hasOwn(own.properties, name)) {
        differences.push({ path: at, problem: "is missing" })
        continue
      }
      addAll(differences, compareRequired(at, theirs.required.includes(name), own.required.includes(name), place))
      addAll(differences, compareSchemas(at, schema, own.properties[name], place))
    }
    for (const name of own.required) {
      if (known.has(name) && !Object.hasOwn(theirs.properties, name)) {
        differences.push({ path: `${path}.${name}`, problem: "is required, officially not in every alternative" })
      }
    }
    if (theirs.values !== undefined) {
      addAll(differences, compareSchemas(`${path}.*`, theirs.values, own.values ?? {}, place))
    }
    return differences
  }

  /** Every alternative is held against the one it is most like, from both sides. */
  const compareAlternatives = <A>(
    theirs: ReadonlyArray<A>,
    own: ReadonlyArray<A>,
    compareOne: (theirs: A, own: A) => ReadonlyArray<Difference>
  ): ReadonlyArray<Difference> => {
    if (theirs.length === 0 || own.length === 0) {
      return []
    }
    const table = theirs.map((their) => own.map((one) => compareOne(their, one)))
    const chosen = table.map(cheapest)
    const rest = own.flatMap((_, column) => {
      const candidates = table.map((row) => row[column])
      return chosen.includes(column) ? [] : candidates[cheapest(candidates)]
    })
    return [...table.flatMap((row, index) => row[chosen[index]]), ...rest]
  }

  const compareShapes = (
    path: string,
    theirs: ReadonlyArray<Shape>,
    own: ReadonlyArray<Shape>,
    place: Place
  ): ReadonlyArray<Difference> => {
    const uncovered = theirs.some((their) => !own.some((one) => covers(their, one, place)))
    const unknown = own.some((one) => !theirs.some((their) => isKnown(their, one, place)))
    const differences: Array<Difference> = []
    if (uncovered || unknown) {
      differences.push({ path, problem: `is ${describe(own)}, officially ${describe(theirs)}` })
    }
    if (theirs.length === 1 && own.length === 1 && covers(theirs[0], own[0], "request")) {
      addAll(differences, compareBounds(path, theirs[0].bounds, own[0].bounds))
    }
    for (const kind of scalarKinds) {
      const [theirScalars, ownScalars] = [theirs, own].map((shapes) =>
        shapes.filter(isScalarShape).filter((shape) => shape.kind === kind)
      )
      if (theirScalars.length > 0 && ownScalars.length > 0) {
        addAll(differences, compareValues(path, allValues(theirScalars), allValues(ownScalars)))
      }
    }
    addAll(
      differences,
      compareAlternatives(
        theirs.filter(isArrayShape),
        own.filter(isArrayShape),
        (their, one) => compareSchemas(`${path}[]`, their.items ?? {}, one.items ?? {}, place)
      )
    )
    const [theirObjects, ownObjects] = [theirs.filter(isObjectShape), own.filter(isObjectShape)]
    const known = new Set(theirObjects.flatMap((shape) => Object.keys(shape.properties)))
    addAll(
      differences,
      compareAlternatives(theirObjects, ownObjects, (their, one) => compareObjects(path, their, one, known, place))
    )
    if (theirObjects.length > 0) {
      for (const name of unique(ownObjects.flatMap((shape) => Object.keys(shape.properties)))) {
        if (!known.has(name)) {
          differences.push({ path: `${path}.${name}`, problem: "is not in the official document" })
        }
      }
    }
    return differences
  }

  const compareSchemas = (path: string, theirs: unknown, own: unknown, place: Place): ReadonlyArray<Difference> => {
    const [theirSchema, ownSchema] = [deref(official, theirs), deref(ours, own)]
    if (open.some(([t, o, p]) => t === theirSchema && o === ownSchema && p === place)) {
      return []
    }
    const theirShapes = shapesOf(official, theirs).filter((shape) => shape.kind !== "null")
    if (theirShapes.some((shape) => shape.kind === "any")) {
      return []
    }
    open.push([theirSchema, ownSchema, place])
    const ownShapes = shapesOf(ours, own).filter((shape) => shape.kind !== "null")
    const differences = compareShapes(path, theirShapes, ownShapes, place)
    open.pop()
    return differences
  }

  return compareSchemas
}

// -----------------------------------------------------------------------------
// Operations
// -----------------------------------------------------------------------------

const methods = ["get", "put", "post", "patch", "delete", "head", "options", "trace"]

interface Operation {
  readonly label: string
  readonly path: string
  readonly operation: Json
  readonly parameters: ReadonlyArray<Json>
}

const pathParameters = /\{([^}]*)\}/g

/** The operations of a document by method and path, the names of the path parameters left out. */
const operationsOf = (document: Json): ReadonlyMap<string, Operation> => {
  const out = new Map<string, Operation>()
  for (const [path, item] of Object.entries(asRecord(document.paths))) {
    for (const [method, value] of Object.entries(asRecord(item))) {
      if (methods.includes(method)) {
        const operation = asRecord(value)
        out.set(`${method} ${path.replace(pathParameters, "{}")}`, {
          label: `${method.toUpperCase()} ${path}`,
          path,
          operation,
          parameters: [...asArray(asRecord(item).parameters), ...asArray(operation.parameters)]
            .map((parameter) => resolve(document, parameter))
        })
      }
    }
  }
  return out
}

/** What identifies a parameter: path parameters their position, headers their name in lower case. */
const parameterKey = (path: string, parameter: Json): string => {
  const name = String(parameter.name)
  switch (parameter.in) {
    case "path":
      return `path ${[...path.matchAll(pathParameters)].findIndex((match) => match[1] === name)}`
    case "header":
      return `header ${name.toLowerCase()}`
    default:
      return `${parameter.in} ${name}`
  }
}

const mediaTypes = (content: unknown): ReadonlyMap<string, unknown> =>
  new Map(
    Object.entries(asRecord(content))
      .map(([type, media]) => [type.split(";")[0].trim().toLowerCase(), asRecord(media).schema])
  )

const isJson = (mediaType: string): boolean => mediaType === "application/json"

const isSuccess = (status: string): boolean => status.startsWith("2")

/** The official answer for a status: the status itself, else its class, else the default. */
const officialStatus = (official: Json, status: string): string | undefined =>
  [status, `${status[0]}XX`, "default"].find((key) => key in official)

/** The part of an error schema that describes answers of the API. */
const withoutOwnErrors = (schema: unknown): unknown => {
  const record = asRecord(schema)
  if (ownErrors.includes(record.$ref)) {
    return false
  }
  return Array.isArray(record.anyOf)
    ? { ...record, anyOf: record.anyOf.filter((member) => !ownErrors.includes(asRecord(member).$ref)) }
    : schema
}

const compareDocuments = (official: Json, ours: Json): ReadonlyArray<Difference> => {
  const compareSchemas = makeCompareSchemas(official, ours)

  const compareParameters = (theirs: Operation, own: Operation): ReadonlyArray<Difference> => {
    const differences: Array<Difference> = []
    const [theirParameters, ownParameters] = [theirs, own].map(({ parameters, path }) =>
      new Map(parameters.map((parameter) => [parameterKey(path, parameter), parameter]))
    )
    for (const [key, parameter] of theirParameters) {
      const path = `${theirs.label} ${parameter.in}.${parameter.name}`
      const found = ownParameters.get(key)
      if (found === undefined) {
        differences.push({ path, problem: "is missing" })
      } else {
        addAll(differences, compareRequired(path, parameter.required === true, found.required === true, "parameter"))
        addAll(differences, compareSchemas(path, parameter.schema ?? {}, found.schema ?? {}, "parameter"))
      }
    }
    for (const [key, parameter] of ownParameters) {
      if (!theirParameters.has(key)) {
        differences.push({
          path: `${theirs.label} ${parameter.in}.${parameter.name}`,
          problem: "is not in the official document"
        })
      }
    }
    return differences
  }

  const compareContent = (
    path: string,
    theirs: ReadonlyMap<string, unknown>,
    own: ReadonlyMap<string, unknown>,
    place: Place
  ): ReadonlyArray<Difference> => {
    const [theirTypes, ownTypes] = [[...theirs.keys()], [...own.keys()]]
    const differences: Array<Difference> = []
    if (theirTypes.some((type) => !own.has(type)) || ownTypes.some((type) => !theirs.has(type))) {
      const name = (types: ReadonlyArray<string>) => types.length === 0 ? "no content" : types.join(" | ")
      differences.push({ path, problem: `has ${name(ownTypes)}, officially ${name(theirTypes)}` })
    }
    for (const [type, schema] of theirs) {
      if (own.has(type)) {
        const at = isJson(type) ? path : `${path}(${type})`
        addAll(differences, compareSchemas(at, schema ?? {}, own.get(type) ?? {}, place))
      }
    }
    return differences
  }

  const compareBodies = (theirs: Operation, own: Operation): ReadonlyArray<Difference> => {
    const path = `${theirs.label} request`
    const theirBody = resolve(official, theirs.operation.requestBody)
    const ownBody = resolve(ours, own.operation.requestBody)
    const [theirContent, ownContent] = [mediaTypes(theirBody.content), mediaTypes(ownBody.content)]
    return [
      ...(theirContent.size > 0 && ownContent.size > 0
        ? compareRequired(path, theirBody.required === true, ownBody.required === true, "request")
        : []),
      ...compareContent(path, theirContent, ownContent, "request")
    ]
  }

  const compareResponses = (theirs: Operation, own: Operation): ReadonlyArray<Difference> => {
    const differences: Array<Difference> = []
    const theirResponses = asRecord(theirs.operation.responses)
    const ownResponses = new Map<string, ReadonlyMap<string, unknown>>()
    for (const [status, response] of Object.entries(asRecord(own.operation.responses))) {
      const content = mediaTypes(resolve(ours, response).content)
      if (isSuccess(status) || content.size === 0) {
        ownResponses.set(status, content)
        continue
      }
      const described = [...content]
        .map(([type, schema]) => [type, withoutOwnErrors(schema)] as const)
        .filter(([, schema]) => schema !== false)
      if (described.length > 0) {
        ownResponses.set(status, new Map(described))
      }
    }
    for (const status of Object.keys(theirResponses)) {
      const isDeclared = /^\dXX$/.test(status)
        ? [...ownResponses.keys()].some((own) => own[0] === status[0])
        : status === "default" || ownResponses.has(status)
      if (!isDeclared) {
        differences.push({ path: `${theirs.label} response.${status}`, problem: "is missing" })
      }
    }
    for (const [status, content] of ownResponses) {
      const path = `${theirs.label} response.${status}`
      const found = officialStatus(theirResponses, status)
      if (found !== undefined) {
        const theirContent = mediaTypes(resolve(official, theirResponses[found]).content)
        addAll(differences, compareContent(path, theirContent, content, "response"))
      } else if (isSuccess(status)) {
        // A client may well tell more errors apart than the official document lists.
        differences.push({ path, problem: "is not in the official document" })
      }
    }
    return differences
  }

  const [theirOperations, ownOperations] = [operationsOf(official), operationsOf(ours)]
  const differences: Array<Difference> = []
  for (const [key, theirs] of theirOperations) {
    const own = ownOperations.get(key)
    if (own === undefined) {
      differences.push({ path: theirs.label, problem: "is missing" })
    } else {
      addAll(differences, compareParameters(theirs, own))
      addAll(differences, compareBodies(theirs, own))
      addAll(differences, compareResponses(theirs, own))
    }
  }
  for (const [key, own] of ownOperations) {
    if (!theirOperations.has(key)) {
      differences.push({ path: own.label, problem: "is not in the official document" })
    }
  }
  return differences
}

/**
 * The differences between an official document and ours that no exception
 * covers, and the exceptions that cover none.
 */
export const compare = (
  official: unknown,
  ours: unknown,
  exceptions: ReadonlyArray<Exception>
): ReadonlyArray<Difference> => {
  const all = new Map(
    compareDocuments(asRecord(official), asRecord(ours)).map((found) => [`${found.path}\n${found.problem}`, found])
  )
  const matches = (pattern: string | RegExp, text: string): boolean =>
    Predicate.isString(pattern) ? pattern === text : text.search(pattern) >= 0
  const covers = (exception: Exception, found: Difference): boolean =>
    matches(exception.path, found.path) &&
    (exception.problem === undefined || matches(exception.problem, found.problem))
  const differences = [...all.values()]
  return [
    ...differences.filter((found) => !exceptions.some((exception) => covers(exception, found))),
    ...exceptions
      .filter((exception) => !differences.some((found) => covers(exception, found)))
      .map(({ path, reason }) => ({ path: String(path), problem: `is a stale exception (${reason})` }))
  ]
}
