import * as Headers from "@effect/platform/Headers"
import { assert } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Predicate from "effect/Predicate"

const fieldsOf = (value: object) =>
  Object.fromEntries(
    // The message of an error is none of its enumerable properties.
    Object.entries(value instanceof Error ? { ...value, message: value.message } : value)
      .filter(([, field]) => field !== undefined)
  )

const assertAlike = (actual: unknown, expected: unknown, where: string): void => {
  if (Duration.isDuration(expected)) {
    assert(Duration.isDuration(actual), where)
    assert.isTrue(Duration.equals(actual, expected), where)
  } else if (isTypedArray(expected)) {
    assert(isTypedArray(actual), where)
    assert.strictEqual(Object.getPrototypeOf(actual), Object.getPrototypeOf(expected), where)
    assertSame(Array.from(actual), Array.from(expected), where)
  } else if (expected instanceof Date || Headers.isHeaders(expected)) {
    assert.deepStrictEqual(actual, expected, where)
  } else if (typeof expected === "number") {
    // JSON has no negative zero.
    assert.isTrue(Object.is(Number(actual) + 0, expected + 0), `${where}: ${String(actual)}, not ${expected}`)
  } else if (Predicate.hasProperty(expected, "_tag") || Array.isArray(expected) || isPlain(expected)) {
    assertSame(actual, expected, where)
  } else if (expected instanceof Error) {
    // What caused an error travels by its name and message.
    assert(actual instanceof Error, where)
    assert.deepStrictEqual([actual.name, actual.message], [expected.name, expected.message], where)
  } else {
    assert.strictEqual(actual, expected, where)
  }
}

const isTypedArray = (u: unknown): u is Float32Array | Uint32Array =>
  u instanceof Float32Array || u instanceof Uint32Array

const isPlain = (u: unknown): u is object =>
  typeof u === "object" && u !== null && Object.getPrototypeOf(u) === Object.prototype

/** Whether something is of the same class as another, and has the same fields, nested ones included. */
export const assertSame = (actual: unknown, expected: unknown, where: string): void => {
  assert(typeof actual === "object" && actual !== null && typeof expected === "object" && expected !== null, where)
  assert.strictEqual(Object.getPrototypeOf(actual), Object.getPrototypeOf(expected), where)
  const fields = fieldsOf(actual)
  const expectedFields = fieldsOf(expected)
  assert.sameMembers(Object.keys(fields), Object.keys(expectedFields), where)
  for (const [name, field] of Object.entries(expectedFields)) assertAlike(fields[name], field, `${where}.${name}`)
}
