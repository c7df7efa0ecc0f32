import * as Filter from "@effect-pinecone/schema/Filter"
import { describe, expect, it } from "@effect/vitest"
import { FastCheck } from "../../../../scripts/testing/properties.js"
import { FieldCodes, MAYBE, NO, YES } from "../../src/internal/fieldCodes.js"
import type { Metadata, Predicate, SearchPredicate, TextFields, TextOperator } from "../../src/internal/filter.js"
import { compile, compileDocuments, compileSearch, FilterProblem } from "../../src/internal/filter.js"
import * as job from "../../src/internal/job.js"

const matches = (filter: unknown, metadata: Metadata | undefined): boolean => {
  const compiled = compile(filter)
  if (compiled instanceof FilterProblem) throw new Error(compiled.message)
  return compiled(metadata)
}

const compiled = (filter: unknown): Predicate => {
  const predicate = compile(filter)
  if (predicate instanceof FilterProblem) throw new Error(predicate.message)
  return predicate
}

/** What the codes of fields say of each record, in slices. Nothing where they say nothing. */
const marksOf = (
  codes: FieldCodes,
  { plan }: Predicate | SearchPredicate,
  records: ReadonlyArray<unknown>,
  units = Infinity
): ReadonlyArray<number> | undefined => {
  const work = job.make((budget) => codes.kept(plan, records.length, budget))
  while (!work.next(units));
  const kept = work.result()
  if (kept === undefined) return undefined
  const marks = Array.from(kept.marks)
  const maybe = marks.filter((mark) => mark !== NO)
  expect(kept.total).toBe(maybe.length)
  expect(Array.from(kept.counts).reduce((sum, count) => sum + count, 0)).toBe(maybe.length)
  if (kept.isSure) expect(marks).not.toContain(MAYBE)
  return marks
}

const checkMarks = (
  codes: FieldCodes,
  predicate: Predicate,
  records: ReadonlyArray<Metadata | undefined>,
  units?: number
): void => {
  marksOf(codes, predicate, records, units)?.forEach((mark, slot) => {
    if (mark !== MAYBE) expect(mark).toBe(predicate(records[slot]) ? YES : NO)
  })
}

const messageOf = (filter: unknown): string => {
  const compiled = compile(filter)
  if (compiled instanceof FilterProblem) return compiled.message
  throw new Error("the filter was taken")
}

// -----------------------------------------------------------------------------
// The semantics again, as an interpreter
// -----------------------------------------------------------------------------

type Json = Readonly<Record<string, unknown>>

const interpret = (filter: Json, metadata: Metadata | undefined): boolean => {
  let result = true
  for (const [key, value] of Object.entries(filter)) {
    if (key === "$and") {
      result &&= !(value as ReadonlyArray<Json>).map((item) => interpret(item, metadata)).includes(false)
    } else if (key === "$or") {
      result &&= (value as ReadonlyArray<Json>).map((item) => interpret(item, metadata)).includes(true)
    } else if (typeof value === "object" && value !== null) {
      for (const [operator, operand] of Object.entries(value)) {
        result &&= holds(operator, operand, valuesOf(metadata, key))
      }
    } else result &&= holds("$eq", value, valuesOf(metadata, key))
  }
  return result
}

/** The values that a field holds, none for a missing field, and whether it is there at all. */
interface FieldValues {
  readonly present: boolean
  readonly values: ReadonlyArray<unknown>
  readonly isList: boolean
}

const valuesOf = (metadata: Metadata | undefined, field: string): FieldValues => {
  const entry = Object.entries(metadata ?? {}).find(([key]) => key === field)
  if (entry === undefined) return { present: false, values: [], isList: false }
  return Array.isArray(entry[1])
    ? { present: true, values: entry[1], isList: true }
    : { present: true, values: [entry[1]], isList: false }
}

const sameTypeAndValue = (a: unknown, b: unknown): boolean => typeof a === typeof b && String(a) === String(b)

const holds = (operator: string, operand: unknown, field: FieldValues): boolean => {
  const number = !field.isList && typeof field.values[0] === "number" ? field.values[0] : NaN
  switch (operator) {
    case "$eq":
      return field.values.filter((value) => sameTypeAndValue(value, operand)).length > 0
    case "$ne":
      return field.values.filter((value) => sameTypeAndValue(value, operand)).length === 0
    case "$in":
      return (operand as ReadonlyArray<unknown>).map((item) => holds("$eq", item, field)).includes(true)
    case "$nin":
      return !(operand as ReadonlyArray<unknown>).map((item) => holds("$eq", item, field)).includes(true)
    case "$gt":
      return number > (operand as number)
    case "$gte":
      return number >= (operand as number)
    case "$lt":
      return number < (operand as number)
    case "$lte":
      return number <= (operand as number)
    case "$not":
      return Object.entries(operand as Json).map(([inner, value]) => holds(inner, value, field)).includes(false)
    default:
      return operand === field.present
  }
}

// -----------------------------------------------------------------------------
// Random filters and metadata
// -----------------------------------------------------------------------------

// Few of each, so that fields and values meet.
const names = FastCheck.constantFrom("a", "b", "c", "constructor", "__proto__", "toString")
const strings = FastCheck.constantFrom("", "5", "true", "x", "é")
const numbers = FastCheck.constantFrom(0, 1, 5, -5, 0.1, 1e300)
const scalars = FastCheck.oneof(strings, numbers, FastCheck.boolean())

/** As `JSON.parse` does, also a field named `__proto__`. */
const object = (entries: ReadonlyArray<readonly [string, unknown]>): Json => Object.fromEntries(entries)

const objects = (values: FastCheck.Arbitrary<unknown>) =>
  FastCheck.array(FastCheck.tuple(names, values), { maxLength: 4 }).map(object)

const metadata = FastCheck.option(
  objects(FastCheck.oneof(scalars, FastCheck.array(strings, { maxLength: 3 }))),
  { nil: undefined }
)

const simple = FastCheck.uniqueArray(
  FastCheck.oneof(
    FastCheck.tuple(FastCheck.constantFrom("$eq", "$ne"), scalars),
    FastCheck.tuple(FastCheck.constantFrom("$gt", "$gte", "$lt", "$lte"), numbers),
    FastCheck.tuple(
      FastCheck.constantFrom("$in", "$nin"),
      FastCheck.oneof(FastCheck.array(strings, { maxLength: 4 }), FastCheck.array(numbers, { maxLength: 4 }))
    ),
    FastCheck.tuple(FastCheck.constant("$exists"), FastCheck.boolean())
  ),
  { minLength: 1, maxLength: 4, selector: ([operator]) => operator }
).map((entries) => object(entries as ReadonlyArray<readonly [string, unknown]>))

/** Conditions in `$not`, one in the other, beside conditions that are in none. */
const operators: FastCheck.Arbitrary<Json> = FastCheck.letrec<{ readonly condition: Json }>((tie) => ({
  condition: FastCheck.oneof(
    { maxDepth: 3, withCrossShrink: true },
    simple,
    FastCheck.tuple(simple, tie("condition")).map(([beside, $not]) => ({ ...beside, $not })),
    tie("condition").map(($not) => ({ $not }))
  )
})).condition

const filters: FastCheck.Arbitrary<Json> = FastCheck.letrec<{ readonly filter: Json }>((tie) => {
  const items = FastCheck.array(tie("filter"), { minLength: 1, maxLength: 4 })
  const entry = FastCheck.oneof(
    { maxDepth: 3, withCrossShrink: true },
    FastCheck.tuple(names, FastCheck.oneof(scalars, operators)),
    FastCheck.tuple(FastCheck.constantFrom("$and", "$or"), items)
  )
  return { filter: FastCheck.array(entry, { maxLength: 4 }).map(object) }
}).filter

// -----------------------------------------------------------------------------
// Full-text fields, as lists of words by slot
// -----------------------------------------------------------------------------

const wordsOf = (text: string): ReadonlyArray<string> => text.split(" ")

const hasText: Record<TextOperator, (text: string, words: string) => boolean> = {
  $match_phrase: (text, words) => ` ${text} `.includes(` ${words} `),
  $match_all: (text, words) => wordsOf(words).every((word) => wordsOf(text).includes(word)),
  $match_any: (text, words) => wordsOf(words).some((word) => wordsOf(text).includes(word))
}

const textFields = (texts: ReadonlyArray<Readonly<Record<string, string>>>): TextFields => ({
  names: new Set(["title", "body"]),
  match: (field, operator, words) =>
    words === "too many"
      ? new FilterProblem("too many words")
      : (slot) => hasText[operator](texts[slot]![field]!, words)
})

const words = FastCheck.array(FastCheck.constantFrom("a", "b", "c"), { minLength: 1, maxLength: 3 })
  .map((all) => all.join(" "))

/** Filters with what they find: text operators and numbers, alone, in a condition's `$not`, and in filters around them. */
interface Sought {
  readonly filter: Json
  readonly finds: (text: Readonly<Record<string, string>>, year: number) => boolean
}

const sought: FastCheck.Arbitrary<Sought> = FastCheck.letrec<{ readonly filter: Sought }>((tie) => ({
  filter: FastCheck.oneof(
    { maxDepth: 3, withCrossShrink: true },
    FastCheck.tuple(
      FastCheck.constantFrom("title", "body"),
      FastCheck.constantFrom<TextOperator>("$match_phrase", "$match_all", "$match_any"),
      words,
      FastCheck.boolean()
    ).map(([field, operator, words, isNegated]): Sought => ({
      filter: { [field]: isNegated ? { $not: { [operator]: words } } : { [operator]: words } },
      finds: (text) => hasText[operator](text[field]!, words) !== isNegated
    })),
    FastCheck.nat(3).map((year): Sought => ({ filter: { year: { $gte: year } }, finds: (_, is) => is >= year })),
    tie("filter").map(({ filter, finds }): Sought => ({
      filter: { $not: filter },
      finds: (text, year) => !finds(text, year)
    })),
    FastCheck.array(tie("filter"), { minLength: 1, maxLength: 3 }).map((all): Sought => ({
      filter: { $and: all.map(({ filter }) => filter) },
      finds: (text, year) => all.every(({ finds }) => finds(text, year))
    })),
    FastCheck.array(tie("filter"), { minLength: 1, maxLength: 3 }).map((all): Sought => ({
      filter: { $or: all.map(({ filter }) => filter) },
      finds: (text, year) => all.some(({ finds }) => finds(text, year))
    }))
  )
})).filter

// -----------------------------------------------------------------------------

describe("filter", () => {
  it("a compiled filter is what an interpreter makes of it", () => {
    let matching = 0
    let total = 0
    FastCheck.assert(
      FastCheck.property(filters, FastCheck.array(metadata, { minLength: 1, maxLength: 20 }), (filter, records) => {
        for (const record of records) {
          const expected = interpret(filter, record)
          expect(matches(filter, record)).toBe(expected)
          total++
          if (expected) matching++
        }
      }),
      { numRuns: 2000 }
    )
    // Were nearly all of them alike, the comparison would say little.
    expect(matching / total).toBeGreaterThan(0.1)
    expect(matching / total).toBeLessThan(0.9)
  })

  it("the codes of fields say what a filter says, also of records that were written over", () => {
    let sure = 0
    FastCheck.assert(
      FastCheck.property(
        FastCheck.array(filters, { minLength: 1, maxLength: 4 }),
        FastCheck.array(metadata, { minLength: 1, maxLength: 20 }),
        FastCheck.array(FastCheck.tuple(FastCheck.nat(25), metadata), { maxLength: 10 }),
        FastCheck.integer({ min: 1, max: 40 }),
        (filters, first, writes, units) => {
          const records = [...first]
          const codes = new FieldCodes((slot) => records[slot])
          const predicates = filters.map(compiled)
          for (const predicate of predicates) checkMarks(codes, predicate, records, units)
          for (const [at, metadata] of writes) {
            const slot = Math.min(at, records.length)
            records[slot] = metadata
            codes.write(slot, metadata)
          }
          for (const predicate of predicates) {
            checkMarks(codes, predicate, records, units)
            if (marksOf(codes, predicate, records)?.includes(MAYBE) === false) sure++
          }
        }
      ),
      { numRuns: 500 }
    )
    expect(sure).toBeGreaterThan(250)
  })

  it("what has no code is asked of the record itself", () => {
    const long = "x".repeat(1000)
    const records: ReadonlyArray<Metadata | undefined> = [
      { a: long },
      { a: [long] },
      { a: [1, 2] },
      { a: { b: 1 } },
      { a: null },
      { a: "x" },
      undefined,
      { a: ["x"] }
    ]
    const marks = (filter: unknown) => marksOf(new FieldCodes((slot) => records[slot]), compiled(filter), records)
    const unknown = [MAYBE, MAYBE, MAYBE, MAYBE, MAYBE]
    expect(marks({ a: "x" })).toEqual([...unknown, YES, NO, YES])
    expect(marks({ a: { $ne: "x" } })).toEqual([...unknown, NO, YES, NO])
    expect(marks({ $and: [{ a: "x" }, { b: 1 }] })).toEqual(Array.from(records, () => NO))
    expect(marks({ $or: [{ a: "x" }, { b: { $exists: false } }] })).toEqual(Array.from(records, () => YES))
    // Nothing is asked of a field.
    expect(marks({})).toBeUndefined()
    expect(marks({ $or: Array.from({ length: 9 }, (_, i) => ({ [`a${i}`]: 1 })) })).toBeUndefined()
    expect(marks({ $or: Array.from({ length: 65 }, (_, i) => ({ a: i })) })).toBeUndefined()
  })

  it("a field of more values than there are codes is still filtered right", () => {
    const records = Array.from({ length: 140_000 }, (_, i): Metadata => ({ a: i, b: i % 2 === 0 }))
    const codes = new FieldCodes((slot) => records[slot])
    const last = compiled({ a: { $in: [1, 135_000] }, b: { $exists: true } })
    // It is asked of the records until they have been looked at once.
    expect(marksOf(codes, last, records)).toBeUndefined()
    codes.looked(last.plan, records.length)
    const marks = marksOf(codes, last, records)
    expect(marks?.[1]).toBe(YES)
    expect(marks?.[2]).toBe(NO)
    expect(marks?.[135_000]).toBe(MAYBE)
    checkMarks(codes, compiled({ a: { $lt: 10 }, b: true }), records, 1000)
    // Others are forgotten for as many newer fields, and come back.
    for (let i = 0; i < 8; i++) marksOf(codes, compiled({ [`c${i}`]: 1 }), records)
    expect(marksOf(codes, last, records)).toBeUndefined()
  })

  it("an empty filter matches everything", () => {
    expect(matches({}, undefined)).toBe(true)
    expect(matches({}, { a: 1 })).toBe(true)
    expect(matches({ $or: [{}] }, undefined)).toBe(true)
    expect(matches({ a: {} }, undefined)).toBe(true)
    expect(matches({ a: {}, b: 1 }, { a: 5, b: 1 })).toBe(true)
    expect(matches({ a: {}, b: 1 }, { a: 5, b: 2 })).toBe(false)
  })

  it("several fields, and several operators, must all match", () => {
    expect(matches({ genre: "comedy", year: { $gte: 2000, $lt: 2010 } }, { genre: "comedy", year: 2005 })).toBe(true)
    expect(matches({ genre: "comedy", year: { $gte: 2000, $lt: 2010 } }, { genre: "drama", year: 2005 })).toBe(false)
    expect(matches({ genre: "comedy", year: { $gte: 2000, $lt: 2010 } }, { genre: "comedy", year: 2010 })).toBe(false)
  })

  it("a list of strings is compared by its elements", () => {
    const record = { genres: ["comedy", "drama"] }
    expect(matches({ genres: "comedy" }, record)).toBe(true)
    expect(matches({ genres: { $in: ["war", "drama"] } }, record)).toBe(true)
    expect(matches({ genres: { $ne: "drama" } }, record)).toBe(false)
    expect(matches({ genres: { $nin: ["war", "drama"] } }, record)).toBe(false)
    expect(matches({ genres: { $nin: ["war"] } }, record)).toBe(true)
    expect(matches({ genres: { $gt: 0 } }, record)).toBe(false)
  })

  it("a missing field matches only what is negative", () => {
    for (const record of [undefined, {}, { other: 1 }]) {
      for (const condition of [{ $eq: 1 }, { $gt: 1 }, { $gte: 1 }, { $lt: 1 }, { $lte: 1 }, { $in: [1] }]) {
        expect(matches({ year: condition }, record)).toBe(false)
      }
      expect(matches({ year: { $exists: true } }, record)).toBe(false)
      for (const condition of [{ $ne: 1 }, { $nin: [1] }, { $exists: false }]) {
        expect(matches({ year: condition }, record)).toBe(true)
      }
    }
  })

  it("a number never equals a string or a boolean", () => {
    expect(matches({ a: 5 }, { a: "5" })).toBe(false)
    expect(matches({ a: { $in: ["5"] } }, { a: 5 })).toBe(false)
    expect(matches({ a: { $in: [1] } }, { a: true })).toBe(false)
    expect(matches({ a: { $gt: 1 } }, { a: "5" })).toBe(false)
    expect(matches({ a: { $ne: 5 } }, { a: "5" })).toBe(true)
  })

  it("members of Object.prototype are not fields", () => {
    for (const field of ["constructor", "toString", "__proto__", "hasOwnProperty"]) {
      const filter = JSON.parse(`{ "${field}": { "$exists": true } }`)
      expect(matches(filter, {})).toBe(false)
      expect(matches(filter, JSON.parse(`{ "${field}": 1 }`))).toBe(true)
      expect(messageOf(JSON.parse(`{ "a": { "${field}": 1 } }`))).toContain(
        `illegal condition for field a, got {"${field}":1}: unknown operator ${field}`
      )
    }
  })

  it("lists have up to 10,000 values", () => {
    const values = Array.from({ length: 10_000 }, (_, i) => i)
    expect(matches({ a: { $in: values } }, { a: 9_999 })).toBe(true)
    expect(matches({ a: { $nin: values } }, { a: 9_999 })).toBe(false)
    expect(messageOf({ a: { $in: [...values, 1] } })).toBe(
      "the $in operator takes at most 10000 values, got 10001 (field 'a')"
    )
    expect(messageOf({ a: { $nin: [...values, 1] } })).toContain("the $nin operator takes at most 10000 values")
  })

  it("$not turns a condition around, all of it", () => {
    const filter = { genre: { $not: { $eq: "drama" } } }
    expect(matches(filter, { genre: "drama" })).toBe(false)
    expect(matches(filter, { genre: "comedy" })).toBe(true)
    expect(matches(filter, { genre: ["comedy", "drama"] })).toBe(false)
    expect(matches(filter, {})).toBe(true)
    expect(matches({ year: { $not: { $gte: 2000, $lt: 2010 } } }, { year: 2005 })).toBe(false)
    expect(matches({ year: { $not: { $gte: 2000, $lt: 2010 } } }, { year: 2010 })).toBe(true)
    expect(matches({ year: { $not: { $not: { $gt: 1 } } } }, { year: 2 })).toBe(true)
    expect(matches({ year: { $not: { $gt: 1 }, $lt: 5 } }, { year: 0 })).toBe(true)
    expect(matches({ year: { $not: {} } }, { year: 0 })).toBe(false)
    let condition: unknown = { $eq: 1 }
    for (let i = 0; i < 100_000; i++) condition = { $not: condition }
    expect(messageOf({ year: condition })).toBe("a filter must not nest more than 256 levels of $and, $or and $not")
    expect(messageOf({ year: { $not: "drama" } })).toBe(
      "the $not operator must be followed by a condition, as in {\"$eq\": ...}, got \"drama\" instead (field 'year')"
    )
    expect(messageOf({ year: { $not: { genre: 1 } } })).toContain("illegal condition for field year, got {\"genre\":1}")
  })

  it("deep filters are refused, not overflowed by", () => {
    const nest = (depth: number) => {
      let filter: unknown = { a: 1 }
      for (let i = 0; i < depth; i++) filter = { $and: [filter] }
      return filter
    }
    expect(matches(nest(200), { a: 1 })).toBe(true)
    expect(messageOf(nest(100_000))).toBe("a filter must not nest more than 256 levels of $and, $or and $not")
  })

  const refusals: ReadonlyArray<readonly [filter: unknown, message: string]> = [
    [undefined, "a filter must be an object, got undefined instead"],
    [null, "a filter must be an object, got null instead"],
    [[], "a filter must be an object, got [] instead"],
    ["a", "a filter must be an object, got \"a\" instead"],
    [
      { year: { $gt: "a" } },
      "the $gt operator must be followed by a number, got \"a\" instead (field 'year')"
    ],
    [
      { year: { $gte: true } },
      "the $gte operator must be followed by a number, got true instead (field 'year')"
    ],
    [{ year: { $lt: null } }, "the $lt operator must be followed by a number, got null instead (field 'year')"],
    [{ year: { $lte: [1] } }, "the $lte operator must be followed by a number, got [1] instead (field 'year')"],
    [{ year: { $gt: NaN } }, "the $gt operator must be followed by a number, got NaN instead (field 'year')"],
    [
      { year: { $eq: null } },
      "the $eq operator must be followed by a string, boolean or a number, got null instead (field 'year')"
    ],
    [
      { year: null },
      "the $eq operator must be followed by a string, boolean or a number, got null instead (field 'year')"
    ],
    [
      { year: [1, 2] },
      "the $eq operator must be followed by a string, boolean or a number, got [1,2] instead (field 'year')"
    ],
    [
      { year: { $ne: { a: 1 } } },
      "the $ne operator must be followed by a string, boolean or a number, got {\"a\":1} instead (field 'year')"
    ],
    [
      { year: { $in: "a" } },
      "the $in operator must be followed by a list of strings or a list of numbers, got \"a\" instead (field 'year')"
    ],
    [
      { year: { $nin: [1, null] } },
      "the $nin operator must be followed by a list of strings or a list of numbers, got null instead (field 'year')"
    ],
    [
      { year: { $in: [["a"]] } },
      "the $in operator must be followed by a list of strings or a list of numbers, got [\"a\"] instead (field 'year')"
    ],
    [
      { year: { $in: [true] } },
      "the $in operator must be followed by a list of strings or a list of numbers, got true instead (field 'year')"
    ],
    [
      { year: { $nin: [1, "a"] } },
      "the $nin operator must be followed by a list of strings or a list of numbers, got [1,\"a\"] instead (field 'year')"
    ],
    [
      { year: { $nin: ["a", 1] } },
      "the $nin operator must be followed by a list of strings or a list of numbers, got [\"a\",1] instead (field 'year')"
    ],
    [{ year: { $exists: 1 } }, "the $exists operator must be followed by a boolean, got 1 instead (field 'year')"],
    [
      { year: { $regex: "a" } },
      "illegal condition for field year, got {\"$regex\":\"a\"}: unknown operator $regex, use one of $eq, $ne, $gt, $gte, $lt, $lte, $in, $nin, $not, $exists"
    ],
    [
      { year: { $gt: 1, $or: [] } },
      "illegal condition for field year, got {\"$gt\":1,\"$or\":[]}: unknown operator $or"
    ],
    [{ $gt: 1 }, "the $gt operator must be inside a field, as in {\"field\": {\"$gt\": ...}}"],
    [{ $not: { a: 1 } }, "the $not operator must be inside a field, as in {\"field\": {\"$not\": ...}}"],
    [{ $and: [] }, "the $and operator must be followed by a non-empty list of filters, got [] instead"],
    [{ $or: { a: 1 } }, "the $or operator must be followed by a non-empty list of filters, got {\"a\":1} instead"],
    [{ $or: [{ a: 1 }, "b"] }, "every item of the $or operator must be an object, got \"b\" instead"],
    [
      { a: 1, $and: [{ $or: [{ year: { $gt: "a" } }] }] },
      "the $gt operator must be followed by a number, got \"a\" instead (field 'year')"
    ],
    [{ year: { $gt: "a".repeat(1000) } }, `got "${"a".repeat(99)}... instead (field 'year')`]
  ]

  for (const [filter, message] of refusals) {
    it(`refuses: ${message}`, () => {
      expect(messageOf(filter)).toContain(message)
    })
  }

  describe("of documents", () => {
    it("$not turns a filter around, all of it", () => {
      FastCheck.assert(
        FastCheck.property(filters, filters, metadata, (one, other, record) => {
          const compiled = compileDocuments({ $or: [{ $not: one }, { $and: [other, { $not: { $not: one } }] }] })
          if (compiled instanceof FilterProblem) throw new Error(compiled.message)
          const is = interpret(one, record)
          expect(compiled(record)).toBe(!is || (interpret(other, record) && is))
        }),
        { numRuns: 300 }
      )
      expect(messageOf({ $not: { a: 1 } })).toContain("must be inside a field")
    })

    it("a search matches words by the slot of a document", () => {
      const texts = FastCheck.record({ title: words, body: words })
      FastCheck.assert(
        FastCheck.property(
          sought,
          FastCheck.array(texts, { minLength: 1, maxLength: 10 }),
          ({ filter, finds }, all) => {
            const compiled = compileSearch(filter, textFields(all))
            if (compiled instanceof FilterProblem) throw new Error(compiled.message)
            const codes = new FieldCodes((slot) => ({ year: slot % 4 }))
            const marks = marksOf(codes, compiled, all)
            for (const [slot, text] of all.entries()) {
              const isFound = finds(text, slot % 4)
              expect(compiled({ year: slot % 4 }, slot)).toBe(isFound)
              // Words are not in the codes.
              if (marks?.[slot] === YES) expect(isFound).toBe(true)
              if (marks?.[slot] === NO) expect(isFound).toBe(false)
            }
          }
        ),
        { numRuns: 500 }
      )
    })

    it("takes what the SDK's constructors make", () => {
      const filter = Filter.and(
        Filter.matchPhrase("body", "a b"),
        Filter.or(Filter.matchAll("title", "c a"), Filter.matchAny("body", "c d")),
        Filter.not(Filter.gt("year", 2000))
      )
      const compiled = compileSearch(
        filter.expression,
        textFields([{ title: "a b c", body: "x a b" }, { title: "a", body: "a b" }, { title: "a", body: "a b c" }])
      )
      if (compiled instanceof FilterProblem) throw new Error(compiled.message)
      expect([0, 1, 2].map((slot) => compiled({ year: 2000 }, slot))).toEqual([true, false, true])
      expect([0, 1, 2].map((slot) => compiled({ year: 2001 }, slot))).toEqual([false, false, false])
    })

    it("refuses text operators outside a search, and what they cannot match", () => {
      const only = "only the search of documents takes the $match_phrase operator (field 'body')"
      expect(messageOf({ body: { $match_phrase: "a" } })).toBe(only)
      expect(compileDocuments({ $not: { body: { $not: { $match_phrase: "a" } } } })).toEqual(new FilterProblem(only))
      const refusal = (filter: unknown): string => {
        const compiled = compileSearch(filter, textFields([]))
        if (compiled instanceof FilterProblem) return compiled.message
        throw new Error("the filter was taken")
      }
      for (const operand of ["", "  ", 5, null, ["a"], { $eq: "a" }]) {
        expect(refusal({ body: { $match_all: operand } })).toContain(
          "the $match_all operator must be followed by a string that is not blank, got"
        )
      }
      expect(refusal({ year: { $match_any: "a" } })).toBe(
        "the $match_any operator needs a full-text field, and 'year' is none"
      )
      expect(refusal({ $and: [{ title: { $match_any: "too many" } }] })).toBe("too many words")
      expect(refusal({ $match_any: "a" })).toContain("the $match_any operator must be inside a field")
      expect(refusal({ body: { $matches: "a" } })).toContain("$exists, $match_phrase, $match_all, $match_any")
      expect(refusal({ $nor: [] })).toContain("only $and, $or and $not may stand beside fields")
      expect(refusal({ $not: [] })).toContain("what follows the $not operator must be an object, got []")
      let filter: unknown = { body: { $match_any: "a" } }
      for (let i = 0; i < 100_000; i++) filter = { $not: filter }
      expect(refusal(filter)).toBe("a filter must not nest more than 256 levels of $and, $or and $not")
    })
  })
})
