import * as Fs from "node:fs"
import protobuf from "protobufjs"

// The requests of the gRPC interface, as another library reads and writes them.

const root = protobuf.Root.fromJSON(
  JSON.parse(Fs.readFileSync(new URL("../fixtures/vectorRequests.json", import.meta.url), "utf8"))
)

type Message = "UpsertRequest" | "QueryRequest" | "UpdateRequest" | "SparseValues" | "google.protobuf.Struct"

interface Value {
  readonly kind: string
  readonly nullValue?: number
  readonly numberValue?: number
  readonly stringValue?: string
  readonly boolValue?: boolean
  readonly structValue?: Struct
  readonly listValue?: { readonly values?: ReadonlyArray<Value> }
}

interface Struct {
  readonly fields?: { readonly [key: string]: Value }
}

interface Sparse {
  readonly indices: ReadonlyArray<number>
  readonly values: ReadonlyArray<number>
}

interface Vector {
  readonly id: string
  readonly values?: ReadonlyArray<number>
  readonly sparseValues?: Sparse
  readonly metadata?: Struct
}

interface Decoded {
  readonly UpsertRequest: { readonly vectors?: ReadonlyArray<Vector>; readonly namespace?: string }
  readonly QueryRequest: {
    readonly namespace?: string
    readonly topK?: number
    readonly filter?: Struct
    readonly includeValues?: boolean
    readonly includeMetadata?: boolean
    readonly vector?: ReadonlyArray<number>
    readonly id?: string
    readonly sparseVector?: Sparse
    readonly scanFactor?: number
    readonly maxCandidates?: number
  }
  readonly UpdateRequest: Omit<Vector, "id" | "metadata"> & {
    readonly id?: string
    readonly namespace?: string
    readonly setMetadata?: Struct
    readonly filter?: Struct
    readonly dryRun?: boolean
  }
  readonly SparseValues: Sparse
  readonly "google.protobuf.Struct": Struct
}

export const decoded = <M extends Message>(message: M, bytes: Uint8Array): Decoded[M] => {
  const type = root.lookupType(message)
  return type.toObject(type.decode(bytes), { oneofs: true }) as Decoded[M]
}

/** The message in the bytes as the library writes it: each length in as few bytes as it needs. */
export const rewritten = (message: Message, bytes: Uint8Array): Uint8Array => {
  const type = root.lookupType(message)
  return type.encode(type.decode(bytes)).finish()
}

const plainValue = (value: Value): unknown => {
  switch (value.kind) {
    case "nullValue":
      return null
    case "numberValue":
      return value.numberValue
    case "stringValue":
      return value.stringValue
    case "boolValue":
      return value.boolValue
    case "structValue":
      return plain(value.structValue!)
    default:
      return (value.listValue!.values ?? []).map(plainValue)
  }
}

/** The JSON object that a `Struct` is. */
export function plain(struct: Struct): object
export function plain(struct: Struct | undefined): object | undefined
export function plain(struct: Struct | undefined): object | undefined {
  return struct === undefined ? undefined : Object.fromEntries(
    Object.entries(struct.fields ?? {}).map(([key, value]) => [key, plainValue(value)])
  )
}

const sparse = (values: Sparse | undefined) =>
  values === undefined
    ? undefined
    : { indices: Uint32Array.from(values.indices), values: Float32Array.from(values.values) }

const dense = (values: ReadonlyArray<number> | undefined) =>
  values === undefined ? undefined : Float32Array.from(values)

/** Without the fields that are absent. */
export const present = (fields: object): object =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))

export const upserted = (
  bytes: Uint8Array
): { readonly namespace: string; readonly vectors: ReadonlyArray<object> } => {
  const { namespace = "", vectors = [] } = decoded("UpsertRequest", bytes)
  return {
    namespace,
    vectors: vectors.map((vector) =>
      present({
        id: vector.id,
        values: dense(vector.values),
        sparseValues: sparse(vector.sparseValues),
        metadata: plain(vector.metadata)
      })
    )
  }
}

export const queried = (bytes: Uint8Array): object => {
  const query = decoded("QueryRequest", bytes)
  return present({
    namespace: "",
    includeValues: false,
    includeMetadata: false,
    ...query,
    vector: dense(query.vector),
    sparseVector: sparse(query.sparseVector),
    filter: plain(query.filter)
  })
}

export const updated = (bytes: Uint8Array): object => {
  const update = decoded("UpdateRequest", bytes)
  return present({
    namespace: "",
    ...update,
    values: dense(update.values),
    sparseValues: sparse(update.sparseValues),
    setMetadata: plain(update.setMetadata),
    filter: plain(update.filter)
  })
}
