import { FastCheck } from "../../../../scripts/testing/properties.js"
// What JavaScript and JSON can give, whatever the types say.

const thrower = (): never => {
  throw new Error("do not touch")
}

/** An object of which every property throws where it is read. */
export const throwing = (...keys: ReadonlyArray<string>): object => {
  const object = {}
  for (const key of keys) Object.defineProperty(object, key, { enumerable: true, configurable: true, get: thrower })
  return object
}

const always: ProxyHandler<object> = {
  get: thrower,
  has: thrower,
  ownKeys: thrower,
  getPrototypeOf: thrower,
  getOwnPropertyDescriptor: thrower
}

export const closed = (target: object = {}): object => new Proxy(target, always)

export const revoked = (target: object = {}): object => {
  const { proxy, revoke } = Proxy.revocable(target, {})
  revoke()
  return proxy
}

export const circular = (): object => {
  const object: { self?: unknown } = {}
  object.self = object
  return object
}

const circularList = (): ReadonlyArray<unknown> => {
  const list: Array<unknown> = []
  list.push(list)
  return list
}

export const nested = (levels: number): object => {
  let object: object = {}
  for (let i = 0; i < levels; i++) object = i % 2 === 0 ? [object] : { $and: object }
  return object
}

/** Of few objects, and of more values than anybody can write. */
export const branching = (levels: number): object => {
  let object: object = {}
  for (let i = 0; i < levels; i++) object = [object, object]
  return object
}

/** An object that stands for another one each time it is asked. */
const unfolding = (): object => ({ toJSON: () => ({ a: unfolding() }) })

export const hostile: ReadonlyArray<readonly [name: string, make: () => unknown]> = [
  ["undefined", () => undefined],
  ["null", () => null],
  ["a bigint", () => 1n],
  ["a symbol", () => Symbol("s")],
  ["a function", () => () => 1],
  ["a text of a number", () => "1"],
  ["half of a pair", () => "a\ud800"],
  ["NaN", () => Number.NaN],
  ["minus zero", () => -0],
  ["an empty list", () => []],
  ["a sparse list", () => [1, , 3]],
  ["a list of lists", () => [[1]]],
  ["a list of null", () => [null]],
  ["a list in a proxy that throws", () => closed([1, 2])],
  ["a list that is revoked", () => revoked([])],
  ["a list that contains itself", circularList],
  ["a list with a getter that throws", () => Object.defineProperty([1, 2], "1", { get: thrower })],
  ["a proxy that throws", () => closed()],
  ["a proxy that is revoked", () => revoked()],
  ["a Float32Array in a proxy", () => new Proxy(Float32Array.of(1, 2), {})],
  ["a Float32Array by its prototype alone", () => Object.create(Float32Array.prototype)],
  ["a Uint32Array by its prototype alone", () => Object.create(Uint32Array.prototype)],
  ["a BigInt64Array", () => BigInt64Array.of(1n, 2n)],
  ["a Float64Array", () => Float64Array.of(1, 2)],
  ["a Uint8Array", () => Uint8Array.of(1, 2)],
  ["a list of a length that is none", () => ({ length: -1 })],
  ["a list that is too long for any memory", () => ({ length: 2 ** 40 })],
  ["an object that contains itself", circular],
  ["an object of many levels", () => nested(100_000)],
  ["an object of many branches", () => branching(60)],
  ["an object that unfolds", unfolding],
  [
    "an object with getters that throw",
    () => throwing("id", "values", "metadata", "a", "topK", "expression", "length")
  ],
  ["an object without a prototype", () => Object.assign(Object.create(null), { id: "a", values: [1] })],
  ["an object with a prototype of its own", () => JSON.parse("{\"__proto__\":{\"id\":\"a\"}}")],
  ["an object whose toJSON throws", () => ({ toJSON: thrower })],
  ["an object whose toString throws", () => ({ toString: thrower, valueOf: thrower, [Symbol.toPrimitive]: thrower })],
  ["an error", () => new Error("e")],
  ["a Date", () => new Date(Number.NaN)],
  ["a Map", () => new Map([["a", 1]])],
  ["a Set", () => new Set([1])],
  ["a RegExp", () => /a/],
  ["a boxed text", () => Object("a")],
  ["a promise", () => Promise.resolve(1)]
]

/**
 * Anything at all. It is made where it is wanted: the library that gives it looks into values, which some of these do not
 * bear.
 */
export const anything: FastCheck.Arbitrary<() => unknown> = FastCheck.oneof(
  { weight: 3, arbitrary: FastCheck.constantFrom(...hostile.map(([, make]) => make)) },
  {
    weight: 5,
    arbitrary: FastCheck.anything({
      withBigInt: true,
      withBoxedValues: true,
      withDate: true,
      withMap: true,
      withNullPrototype: true,
      withObjectString: true,
      withSet: true,
      withSparseArray: true,
      withTypedArray: true,
      withUnicodeString: true
    }).map((value) => () => value)
  },
  { weight: 1, arbitrary: FastCheck.string({ unit: "binary" }).map((text) => () => text) }
)

/** An object with the properties that a check reads, each anything, or left out, or good. */
export const shaped = (fields: Readonly<Record<string, unknown>>): FastCheck.Arbitrary<() => unknown> =>
  FastCheck.oneof(
    { weight: 1, arbitrary: anything },
    {
      weight: 4,
      arbitrary: FastCheck.record(
        Object.fromEntries(
          Object.entries(fields).map(([key, good]) => [
            key,
            FastCheck.oneof({ weight: 3, arbitrary: FastCheck.constant(() => good) }, {
              weight: 1,
              arbitrary: anything
            })
          ])
        ),
        { requiredKeys: [] }
      ).map((made) => () => Object.fromEntries(Object.entries(made).map(([key, make]) => [key, make?.()])))
    }
  )
