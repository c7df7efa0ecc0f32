import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import protobuf from "protobufjs"
import { FastCheck } from "../../../scripts/testing/properties.js"
import { types } from "../src/internal/messages.js"
import type { MethodName } from "../src/Protocol.js"
import * as Protocol from "../src/Protocol.js"
import * as models from "./utils/models.js"
import * as official from "./utils/publicProtocol.js"

const names = Object.keys(Protocol.methods) as ReadonlyArray<MethodName>

const officialName = (name: MethodName): string => `${name[0]!.toUpperCase()}${name.slice(1)}`

/** The messages of a method, by the public definition. */
const messagesOf = (name: MethodName) => official.methods.get(officialName(name))!

const result = <A>(read: Effect.Effect<A, string>): Either.Either<A, string> => Effect.runSync(Effect.either(read))

const fails = (read: Effect.Effect<unknown, string>): boolean => Either.isLeft(result(read))

const right = <A>(read: Effect.Effect<A, string>): A => Either.getOrThrowWith(result(read), (why) => new Error(why))

const left = (read: Effect.Effect<unknown, string>): string => {
  const why = Either.getOrThrow(Either.flip(result(read)))
  assert.isAbove(why.length, 0)
  return why
}

const hex = (text: string): Uint8Array => Buffer.from(text.replaceAll(" ", ""), "hex")

/** A message of fields that are given as bytes: a tag, and what follows it. */
const field = (number: number, content: Uint8Array): Uint8Array =>
  protobuf.Writer.create().uint32(number << 3 | 2).bytes(content).finish()

const { decodeAnswer: readQuery } = Protocol.methods.query
const { decodeRequest: readUpsert, encodeRequest: writeUpsert } = Protocol.methods.upsert

describe("the messages", () => {
  it("are those of the public definition, with its numbers and types", () => {
    const used = new Set<string>()
    const use = (name: string): void => {
      if (used.has(name) || !official.messages.has(name)) return
      used.add(name)
      for (const { type } of official.messages.get(name)!) use(/^map<string,\s*(\w+)>$/.exec(type)?.[1] ?? type)
    }
    for (const name of names) Object.values(messagesOf(name)).forEach(use)
    assert.deepStrictEqual([...types.keys()].sort(), [...used].sort())
    for (const [name, ours] of types) {
      const expected = official.messages.get(name)!.map(({ label, name, number, type }) => {
        const map = /^map<string,\s*(\w+)>$/.exec(type)
        // So it is on the wire, packed or embedded.
        const written = type === "google.protobuf.Struct" || (type === "float" && label === "repeated") ? "bytes" : type
        return [number, official.camelCase(name), map?.[1] ?? written, label === "repeated", map !== null]
      })
      const found = ours.fieldsArray.map((field) => [field.id, field.name, field.type, field.repeated, field.map])
      assert.deepStrictEqual(found.sort(), expected.sort(), name)
    }
  })

  it("belong to the methods of the public definition", () => {
    assert.deepStrictEqual(names.map(officialName).sort(), [...official.methods.keys()].sort())
    for (const name of names) {
      const service = name.includes("Alias") ? "NamespaceAliasService" : "VectorService"
      assert.strictEqual(Protocol.methods[name].path, `/${service}/${officialName(name)}`)
    }
  })
})

for (const name of names) {
  const { decodeAnswer, decodeRequest, encodeAnswer, encodeRequest } = Protocol.methods[name] as Protocol.Method<
    typeof name
  >
  const { request, response } = messagesOf(name)

  describe(officialName(name), () => {
    it.prop("writes requests as the definition has them", { model: models.requests[name] }, ({ model }) => {
      const read = official.decode(request, encodeRequest(model as never))
      assert.deepStrictEqual(read, official.comparable(request, model))
    })

    it.prop("reads requests as the definition has them", { model: models.requests[name] }, ({ model }) => {
      const read = right(decodeRequest(official.encode(request, model)))
      assert.deepStrictEqual(official.comparable(request, read), official.comparable(request, model))
    })

    it.prop("writes answers as the definition has them", { model: models.answers[name] }, ({ model }) => {
      const read = official.decode(response, encodeAnswer(model as never))
      assert.deepStrictEqual(read, official.comparable(response, model))
    })

    it.prop("reads answers as the definition has them", { model: models.answers[name] }, ({ model }) => {
      const read = right(decodeAnswer(official.encode(response, model)))
      assert.deepStrictEqual(official.comparable(response, read), official.comparable(response, model))
    })

    it.prop(
      "reads any bytes, or says why not",
      { bytes: FastCheck.uint8Array({ maxLength: 200 }) },
      ({ bytes }) => {
        for (const read of [decodeRequest(bytes), decodeAnswer(bytes)]) if (fails(read)) left(read)
      }
    )

    it.prop(
      "reads messages that are changed, or says why not",
      { model: models.answers[name], changes: FastCheck.array(FastCheck.tuple(FastCheck.nat(), FastCheck.nat(255))) },
      ({ changes, model }) => {
        const bytes = Buffer.from(encodeAnswer(model as never))
        for (const [at, byte] of changes) if (bytes.length > 0) bytes[at % bytes.length] = byte
        const read = decodeAnswer(bytes)
        if (fails(read)) left(read)
      }
    )
  })
}

describe("what was not sent", () => {
  it("is absent, or has its default", () => {
    const none = new Uint8Array()
    const read = Object.fromEntries(
      names.map((name) => [name, {
        request: right<unknown>(Protocol.methods[name].decodeRequest(none)),
        answer: right<unknown>(Protocol.methods[name].decodeAnswer(none))
      }])
    )
    const described = { name: "", recordCount: 0 }
    const epoch = new Date(0)
    const alias = { name: "", targetNamespace: "", createdAt: epoch, updatedAt: epoch }
    assert.deepStrictEqual(read, {
      upsert: { request: { vectors: [] }, answer: { upsertedCount: 0 } },
      query: { request: { topK: 0 }, answer: { matches: [], namespace: "" } },
      update: { request: {}, answer: {} },
      fetch: { request: { ids: [] }, answer: { vectors: [], namespace: "" } },
      fetchByMetadata: { request: {}, answer: { vectors: [], namespace: "" } },
      delete: { request: {}, answer: {} },
      list: { request: {}, answer: { vectors: [], namespace: "" } },
      describeIndexStats: { request: {}, answer: { namespaces: {}, indexFullness: 0, totalVectorCount: 0 } },
      listNamespaces: { request: {}, answer: { namespaces: [], totalCount: 0 } },
      createNamespace: { request: { name: "" }, answer: described },
      describeNamespace: { request: { namespace: "" }, answer: described },
      deleteNamespace: { request: { namespace: "" }, answer: {} },
      listNamespaceAliases: { request: {}, answer: { namespaceAliases: [], totalCount: 0 } },
      createNamespaceAlias: { request: { name: "", targetNamespace: "" }, answer: alias },
      describeNamespaceAlias: { request: { aliasName: "" }, answer: alias },
      repointNamespaceAlias: { request: { aliasName: "", targetNamespace: "" }, answer: alias },
      deleteNamespaceAlias: { request: { aliasName: "" }, answer: {} }
    })
  })

  it("is something else than what is empty, where the definition says so", () => {
    const { decodeAnswer, decodeRequest, encodeAnswer, encodeRequest } = Protocol.methods.list
    const request = { prefix: "", limit: 0, paginationToken: "" }
    assert.deepStrictEqual(right(decodeRequest(encodeRequest({ ...request, namespace: "" }))), request)
    const answer = { vectors: [], namespace: "", usage: {}, pagination: { next: "" } }
    assert.deepStrictEqual(right(decodeAnswer(encodeAnswer(answer))), answer)
    const record = { id: "", metadata: {} }
    assert.deepStrictEqual(right(readUpsert(writeUpsert({ vectors: [record], namespace: undefined }))).vectors, [
      record
    ])
  })

  it("comes with fields that are not known, which are passed over", () => {
    const unknown = hex("98 01 05  a5 01 00000000  a1 01 0000000000000000  aa 01 02 6162  ab 01 08 07 ac 01")
    const bytes = Buffer.concat([unknown, field(1, Buffer.concat([field(1, Buffer.from("a")), unknown])), unknown])
    assert.deepStrictEqual(right(readUpsert(bytes)), { vectors: [{ id: "a" }] })
  })
})

describe("vectors", () => {
  const one = (bytes: Uint8Array) => right(readUpsert(field(1, bytes))).vectors[0]!

  it.prop(
    "keep every bit, those of a NaN included, and share none",
    { all: FastCheck.array(FastCheck.uint32Array({ minLength: 1 }), { minLength: 1, maxLength: 5 }) },
    ({ all }) => {
      const bitsOf = (values: Float32Array | undefined) =>
        new Uint32Array(values!.buffer.slice(values!.byteOffset, values!.byteOffset + values!.byteLength))
      const written = all.map((bits, i) => {
        const indices = Uint32Array.from(bits)
        const values = new Float32Array(indices.buffer)
        return { id: String(i), values, sparseValues: { indices, values } }
      })
      const { vectors } = right(readUpsert(writeUpsert({ vectors: written, namespace: "" })))
      const check = () =>
        vectors.forEach(({ sparseValues, values }, i) => {
          assert.deepStrictEqual(bitsOf(values), written[i]!.sparseValues.indices)
          assert.deepStrictEqual(bitsOf(sparseValues?.values), written[i]!.sparseValues.indices)
          assert.deepStrictEqual(sparseValues?.indices, written[i]!.sparseValues.indices)
        })
      check()
      // Whoever changes one of them changes no other.
      for (let i = 0; i < vectors.length; i++) {
        const changed = vectors[i]!.values!
        const bits = bitsOf(changed)
        changed.fill(7)
        vectors.forEach(({ values }, j) => {
          if (j !== i) assert.deepStrictEqual(bitsOf(values), written[j]!.sparseValues.indices)
        })
        new Uint32Array(changed.buffer, changed.byteOffset, changed.length).set(bits)
      }
      check()
    }
  )

  it.prop(
    "come in one part or in many, packed or not, among other fields",
    {
      parts: FastCheck.array(
        FastCheck.record({
          values: FastCheck.array(FastCheck.float({ noNaN: true }), { maxLength: 5 }),
          packed: FastCheck.boolean(),
          id: FastCheck.boolean()
        }),
        { maxLength: 6 }
      ),
      tail: FastCheck.boolean()
    },
    ({ parts, tail }) => {
      const written = (number: number) => {
        const writer = protobuf.Writer.create()
        for (const { id, packed, values } of parts) {
          if (id) writer.uint32(10).string("before")
          if (packed) {
            writer.uint32(number << 3 | 2).fork()
            for (const value of values) writer.float(value)
            writer.ldelim()
          } else for (const value of values) writer.uint32(number << 3 | 5).float(value)
        }
        if (tail) writer.uint32(10).string("a")
        return writer.finish()
      }
      const expected = parts.flatMap(({ values }) => values)
      const vector = one(written(2))
      assert.deepStrictEqual(official.bits(vector.values ?? []), official.bits(expected))
      assert.strictEqual(vector.id, tail ? "a" : parts.some(({ id }) => id) ? "before" : "")
      // The library agrees, and so do the other places where a vector stands.
      const theirs = official.type("Vector").decode(written(2)) as unknown as { readonly values: ReadonlyArray<number> }
      assert.deepStrictEqual(official.bits(theirs.values), official.bits(expected))
      const match = right(readQuery(field(2, written(3)))).matches![0]!
      assert.deepStrictEqual(official.bits(match.values ?? []), official.bits(expected))
      const query = right(Protocol.methods.query.decodeRequest(written(7)))
      assert.deepStrictEqual(official.bits(query.vector ?? []), official.bits(expected))
      const update = right(Protocol.methods.update.decodeRequest(written(2)))
      assert.deepStrictEqual(official.bits(update.values ?? []), official.bits(expected))
    }
  )

  it("take a hundred thousand numbers one by one", () => {
    const writer = protobuf.Writer.create()
    for (let i = 0; i < 100_000; i++) writer.uint32(21).float(i)
    const { values } = one(writer.finish())
    assert.deepStrictEqual(values, Float32Array.from({ length: 100_000 }, (_, i) => i))
  })

  it("are no vectors where a number is cut off, or is no float", () => {
    for (
      const bytes of [
        // Packed: less than a number, more than one, and two parts that are a number together.
        "12 03 000000",
        "12 05 0000000000",
        "12 03 000000 12 05 0000000000",
        "12 08 00000000",
        // Not packed.
        "15 000000",
        "15 00000000 15 0000",
        "15 00000000 15",
        // A varint, eight bytes, and a tag that is longer than it has to be.
        "10 01",
        "11 0000000000000000",
        "9200 04 00000000",
        // Sparse ones.
        "22 04 12 02 0000",
        "22 05 12 04 0000"
      ]
    ) {
      assert.isTrue(fails(readUpsert(field(1, hex(bytes)))), bytes)
    }
  })
})

describe("texts", () => {
  it("end where their message does", () => {
    for (const bytes of ["0a 05 6161", "0a ff ff ff ff 0f 6161", "0a", "08 05", "0d 61616161"]) {
      left(Protocol.methods.fetch.decodeRequest(hex(bytes)))
      left(Protocol.methods.describeNamespace.decodeRequest(hex(bytes)))
      left(readUpsert(field(1, hex(bytes))))
    }
    // The last of them begins within its message, and ends behind it, where there are bytes of another.
    left(readUpsert(Buffer.concat([hex("0a 04 0a 06 6161"), field(2, Buffer.from("namespace"))])))
  })
})

describe("structs", () => {
  const metadataOf = (bytes: Uint8Array) =>
    Effect.map(readUpsert(field(1, field(3, bytes))), (it) => it.vectors[0]!.metadata)

  it("are as deep as a hundred, and no deeper", () => {
    const lists = (value: Uint8Array) => field(6, field(1, value))
    const structs = (value: Uint8Array) =>
      field(5, field(1, Buffer.concat([field(1, Buffer.from("a")), field(2, value)])))
    const within = (depth: number, wraps: ReadonlyArray<(value: Uint8Array) => Uint8Array>) => {
      let value = hex("20 01")
      for (let i = 0; i < depth; i++) value = wraps[i % wraps.length]!(value)
      return metadataOf(field(1, field(2, value)))
    }
    for (const wraps of [[lists], [structs], [lists, structs]]) {
      let inner = right(within(100, wraps))?.[""]
      for (let i = 0; i < 100; i++) inner = Array.isArray(inner) ? inner[0] : (inner as { readonly a: unknown }).a
      assert.strictEqual(inner, true)
      for (const depth of [101, 5000]) assert.match(left(within(depth, wraps)), /nested too deep/)
    }
  })

  it("do not overflow the stack, by groups that are not known either", () => {
    for (const opening of ["0b", "9b01"]) left(metadataOf(hex(opening.repeat(200_000))))
    left(readUpsert(hex("9b01".repeat(200_000))))
  })

  it("end where their message does, and each value where it should", () => {
    for (
      const bytes of [
        // An entry, a key, a value, a text, a list and an inner struct that end too late, and one that ends too early.
        "0a 05 0a 01 61",
        "0a 05 0a 05 61 12 00",
        "0a 05 0a 01 61 12 05",
        "0a 09 0a 01 61 12 04 1a 05 6262",
        "0a 09 0a 01 61 12 04 32 05 0a00",
        "0a 09 0a 01 61 12 04 2a 05 0a00",
        "0a 07 0a 01 61 12 02 11 00 00 00 00 00 00 00 00",
        // A value that reaches into the entry behind it.
        "0a 07 0a 01 61 12 02 1a 08 0a 06 0a 01 62 12 01 20",
        "0a",
        "ff"
      ]
    ) {
      assert.isTrue(fails(metadataOf(hex(bytes))), bytes)
    }
  })

  it("have the last of the values that a key has, and null where there is none", () => {
    const entry = (value: string) =>
      `0a ${(3 + value.replaceAll(" ", "").length / 2).toString(16).padStart(2, "0")}
      0a 01 61 ${value}`.replaceAll(/\s/g, "")
    const read = (bytes: string) => right(metadataOf(hex(bytes)))
    assert.deepStrictEqual(read(entry("12 02 20 01") + entry("12 03 1a 01 62")), { a: "b" })
    assert.deepStrictEqual(read(entry("12 05 20 01 1a 01 62")), { a: "b" })
    assert.deepStrictEqual(read(entry("12 00")), { a: null })
    assert.deepStrictEqual(read(entry("")), { a: null })
    assert.deepStrictEqual(read("0a 00"), { "": null })
    // A number that is written as a text, or a text as a number, is a field that is not known.
    assert.deepStrictEqual(read(entry("12 03 12 01 62")), { a: null })
    assert.deepStrictEqual(read(entry("12 02 18 01")), { a: null })
  })

  it("hold null for what is no number of JSON, and nothing for what is undefined", () => {
    const metadata = { a: NaN, b: [Infinity], c: undefined, d: { e: -Infinity } }
    const { vectors } = right(readUpsert(writeUpsert({ vectors: [{ id: "a", metadata }], namespace: "" })))
    assert.deepStrictEqual(vectors[0]!.metadata, { a: null, b: [null], d: { e: null } })
  })
})

describe("a message that is cut off", () => {
  it.prop(
    "is none, unless it ends behind a field",
    { request: models.requests.upsert, at: FastCheck.nat() },
    ({ at, request }) => {
      const whole = field(1, writeUpsert({ vectors: request.vectors, namespace: request.namespace }))
      const cut = whole.subarray(0, at % whole.length)
      if (cut.length > 0) left(Protocol.methods.describeNamespace.decodeRequest(cut))
      const vectors = writeUpsert({
        vectors: [{ id: "a", values: Float32Array.of(1, 2, 3), metadata: { b: [1, "c"] } }],
        namespace: ""
      })
      const part = vectors.subarray(0, 1 + at % (vectors.length - 3))
      left(readUpsert(part))
    }
  )

  it("takes no more memory than it has bytes, whatever lengths it gives", () => {
    for (const tag of ["0a", "12", "1a"]) {
      for (const length of ["ffffffff07", "ffffffff0f", "808080800f", "80808080808080808001"]) {
        for (const name of names) {
          Protocol.methods[name].decodeRequest(hex(tag + length))
          const read = Protocol.methods[name].decodeAnswer(hex(tag + length))
          if (fails(read)) left(read)
        }
        left(readUpsert(hex(`0a07${tag}${length}00`.slice(0, 18))))
      }
    }
  })
})
