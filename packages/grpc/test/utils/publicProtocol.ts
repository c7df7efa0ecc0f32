/**
 * The messages of `VectorService` by their public definition, read and written by the library alone: floats are
 * `repeated float`, metadata is `google.protobuf.Struct`.
 */
import protobuf from "protobufjs"
import definition from "../fixtures/vector-service.json" with { type: "json" }

export interface Field {
  readonly number: number
  readonly name: string
  readonly type: string
  readonly label?: string
  readonly oneof?: string
}

type Fields = ReadonlyArray<Field>

export const messages: ReadonlyMap<string, Fields> = new Map(Object.entries(definition.messages))

export const methods: ReadonlyMap<string, { readonly request: string; readonly response: string }> = new Map(
  Object.entries(definition.methods)
)

/** The definition as a `.proto` file has it. */
const source = [
  "syntax = \"proto3\";",
  "import \"google/protobuf/struct.proto\";",
  ...Array.from(messages, ([name, fields]) => {
    const oneofs = new Map<string, Array<string>>()
    const lines = fields.flatMap(({ label, name, number, oneof, type }) => {
      const line = `${label === undefined ? "" : `${label} `}${type} ${name} = ${number};`
      if (oneof === undefined) return [line]
      oneofs.set(oneof, [...(oneofs.get(oneof) ?? []), line])
      return []
    })
    for (const [oneof, choices] of oneofs) lines.push(`oneof ${oneof} {\n${choices.join("\n")}\n}`)
    return [`message ${name} {`, ...lines, "}"].join("\n")
  })
].join("\n")

const root = protobuf.parse(source, new protobuf.Root()).root
root.addJSON(protobuf.common.get("google/protobuf/struct.proto")!.nested!)
root.resolveAll()

export const type = (name: string): protobuf.Type => root.lookupType(name)

export const camelCase = (name: string): string => name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase())

type Json = { readonly [key: string]: unknown }

const mapped = <A>(object: object, f: (value: unknown) => A): { [key: string]: A } =>
  Object.fromEntries(Object.entries(object).map(([key, value]) => [key, f(value)]))

const toValue = (json: unknown): object => {
  if (json === null) return { nullValue: 0 }
  if (typeof json === "number") return { numberValue: json }
  if (typeof json === "string") return { stringValue: json }
  if (typeof json === "boolean") return { boolValue: json }
  if (Array.isArray(json)) return { listValue: { values: json.map(toValue) } }
  return { structValue: toStruct(json as object) }
}

const toStruct = (json: object): object => ({ fields: mapped(json, toValue) })

interface Value {
  readonly kind?: string
  readonly numberValue: number
  readonly stringValue: string
  readonly boolValue: boolean
  readonly listValue: { readonly values: ReadonlyArray<Value> }
  readonly structValue: { readonly fields: Readonly<Record<string, Value>> }
}

const fromValue = (value: Value): unknown => {
  switch (value.kind) {
    case "numberValue":
      return value.numberValue
    case "stringValue":
      return value.stringValue
    case "boolValue":
      return value.boolValue
    case "listValue":
      return value.listValue.values.map(fromValue)
    case "structValue":
      return fromStruct(value.structValue)
    default:
      return null
  }
}

const fromStruct = ({ fields }: Value["structValue"]): object => mapped(fields, (value) => fromValue(value as Value))

const mapOf = (type: string): string | undefined => /^map<string,\s*(\w+)>$/.exec(type)?.[1]

/** What a time has beside its whole seconds. */
const nanosOf = (date: Date): number => 1_000_000 * (((date.getTime() % 1000) + 1000) % 1000)

const items = (value: unknown): ReadonlyArray<unknown> => Array.from(value as Iterable<unknown>)

/** A model as the message of a name, field by field as the definition has them. A list by id becomes a map. */
const toMessage = (name: string, model: Json): Json => {
  const one = (type: string, value: unknown): unknown =>
    type === "google.protobuf.Struct"
      ? toStruct(value as object)
      : value instanceof Date
      ? { seconds: Math.floor(value.getTime() / 1000), nanos: nanosOf(value) }
      : messages.has(type)
      ? toMessage(type, value as Json)
      : value
  const out: { [key: string]: unknown } = {}
  for (const { label, name: snake, type } of messages.get(name)!) {
    const key = camelCase(snake)
    const value = model[key]
    const of = mapOf(type)
    if (value === undefined) continue
    if (of !== undefined) {
      const byKey = Array.isArray(value)
        ? Object.fromEntries(value.map((each: { readonly id: string }) => [each.id, each]))
        : value as object
      out[key] = mapped(byKey, (each) => one(of, each))
    } else out[key] = label === "repeated" ? items(value).map((each) => one(type, each)) : one(type, value)
  }
  return out
}

const defaults: Json = { string: "", bool: false, uint32: 0, int32: 0, uint64: 0, int64: 0, float: 0 }

/** What says that a field without presence was not sent. */
const isDefault = (label: string | undefined, type: string, value: unknown): boolean =>
  value === undefined || (label !== "optional" && Object.is(value, defaults[type]))

/** A list of floats by its bits. */
export const bits = (values: unknown): ReadonlyArray<number> =>
  Array.from(new Uint32Array(Float32Array.from(items(values) as ReadonlyArray<number>).buffer))

/**
 * A model, or a message that the library has read, as that of the definition: without the fields that are as if they were
 * not sent, floats by their bits, and maps by their entries.
 */
const normal = (name: string, given: unknown): Json => {
  const one = (type: string, value: unknown): unknown =>
    type === "google.protobuf.Struct"
      ? value
      : value instanceof Date
      ? normal(type, { seconds: Math.floor(value.getTime() / 1000), nanos: nanosOf(value) })
      : messages.has(type)
      ? normal(type, value)
      : type === "float"
      ? bits([value])
      : type === "uint64" || type === "int64"
      ? Number(value)
      : value
  const out: { [key: string]: unknown } = {}
  for (const { label, name: snake, type } of messages.get(name)!) {
    const key = camelCase(snake)
    const value = (given as Json)[key]
    const of = mapOf(type)
    if (of !== undefined) {
      const all = Object.values((value ?? []) as object)
      if (all.length > 0) {
        // A model has them as a list, where each knows its key; or as a map.
        const entries = Array.isArray(value)
          ? value.map((each: { readonly id: string }) => [each.id, normal(of, each)] as const)
          : Object.entries(value as object).map(([key, each]) => [key, normal(of, each)] as const)
        out[key] = [...entries].sort(([a], [b]) => a < b ? -1 : 1)
      }
    } else if (label === "repeated") {
      const all = items(value ?? [])
      if (all.length > 0) out[key] = type === "float" ? bits(all) : all.map((each) => one(type, each))
    } else if (!isDefault(label, type, type.endsWith("int64") && value !== undefined ? Number(value) : value)) {
      out[key] = one(type, value)
    }
  }
  return out
}

/** The structs of a message that the library has read, as JSON; what is optional and was not sent is left out. */
const plain = (name: string, message: Json): Json => {
  const one = (type: string, value: unknown): unknown =>
    type === "google.protobuf.Struct"
      ? fromStruct(value as Value["structValue"])
      : messages.has(type)
      ? plain(type, value as Json)
      : value
  const out: { [key: string]: unknown } = {}
  for (const { label, name: snake, type } of messages.get(name)!) {
    const key = camelCase(snake)
    if (!Object.hasOwn(message, key) || message[key] === null) continue
    const value = message[key]
    const of = mapOf(type)
    out[key] = of !== undefined
      ? mapped(value as object, (each) => one(of, each))
      : label === "repeated"
      ? items(value).map((each) => one(type, each))
      : one(type, value)
  }
  return out
}

/** A model, written by the library. */
export const encode = (name: string, model: object): Uint8Array =>
  type(name).encode(toMessage(name, model as Json)).finish()

/** Bytes, read by the library, and as {@link comparable} has it. */
export const decode = (name: string, bytes: Uint8Array): Json =>
  normal(name, plain(name, type(name).decode(bytes) as unknown as Json))

/** A model in the form in which all that mean the same are equal. */
export const comparable = (name: string, model: object): Json => normal(name, model)
