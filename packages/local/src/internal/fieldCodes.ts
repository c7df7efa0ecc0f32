import type { Metadata, Plan, Test } from "./filter.js"
import { valueOf } from "./filter.js"
import type { Budget } from "./job.js"

/** Whether a filter keeps a record, as far as the values of its fields tell. `&` is that of both, and `|` that of either. */
export const NO = 0
export const MAYBE = 1
export const YES = 3

const negated = Uint8Array.of(YES, MAYBE, NO, NO)

/** So many slots are decided at once. */
export const slotsPerChunk = 1024

/** What a filter keeps, of the slots below a number. */
export interface Kept {
  /** By slot. */
  readonly marks: Uint8Array
  /** How many slots of each chunk are not sure to be left out. */
  readonly counts: Uint32Array
  readonly total: number
  /** Whether every mark is `NO` or `YES`. */
  readonly isSure: boolean
}

const missing = 0
/** A value that has no code of its own. */
const other = 1

const maxFields = 8
const maxValues = 2 ** 17
const maxLength = 128
const maxItems = 16
const maxConditions = 64

/** What a value takes in both directions: mostly a short text that the records have as well. */
const bytesPerValue = 100

/** What costs as much as to look at a record: so many slots or values. */
const unitsOfRecord = 4
const valuesPerUnit = 8
const marksPerUnit = 64

/** As many slots without codes as this are not worth waiting for a second filter. */
const fewSlots = 4096

/** The values of one field, each as a number. */
class Field {
  /** By slot. */
  codes = new Int32Array(0)
  /** Slots below have their codes. */
  built = 0
  /** Whether a record may have a value without a code of its own. */
  hasOthers = false
  /** How many records were looked at for filters on this field since it has codes. */
  looks = 0
  /** By code. */
  readonly values: Array<unknown> = [undefined, undefined]
  /** The codes of lists. */
  readonly lists: Array<number> = []
  private readonly scalars = new Map<unknown, number>()
  private readonly listsByText = new Map<string, number>()

  get bytes(): number {
    return this.codes.byteLength + bytesPerValue * this.values.length
  }

  /** The code of a scalar that a record has, or has had. */
  knownCode(value: unknown): number | undefined {
    return this.scalars.get(value)
  }

  write(slot: number, value: unknown): void {
    const code = this.codeOf(value)
    if (code === other) this.hasOthers = true
    this.codes[slot] = code
  }

  private codeOf(value: unknown): number {
    switch (typeof value) {
      case "undefined":
        return missing
      case "string":
        return value.length > maxLength ? other : this.give(this.scalars, value, value)
      case "number":
      case "boolean":
        return this.give(this.scalars, value, value)
      default:
        return Array.isArray(value) && isShort(value) ? this.codeOfList(value) : other
    }
  }

  reserve(slots: number): void {
    if (this.codes.length >= slots) return
    const codes = new Int32Array(Math.max(slots, Math.ceil(this.codes.length * 1.5)))
    codes.set(this.codes)
    this.codes = codes
  }

  private codeOfList(list: ReadonlyArray<string>): number {
    const known = this.values.length
    const code = this.give(this.listsByText, JSON.stringify(list), list)
    if (code === known) this.lists.push(code)
    return code
  }

  private give<K>(codes: Map<K, number>, key: K, value: unknown): number {
    const code = codes.get(key)
    if (code !== undefined) return code
    if (this.values.length === maxValues) return other
    codes.set(key, this.values.length)
    return this.values.push(value) - 1
  }
}

const isShort = (list: ReadonlyArray<unknown>): list is ReadonlyArray<string> =>
  list.length <= maxItems && list.every((item) => typeof item === "string" && item.length <= maxLength)

/** Decides on the slots of a range, which have their marks in `out` at a place that is so much higher than the slot. */
type Decide = (out: Uint8Array, from: number, to: number, shift: number) => void

/**
 * The metadata of a namespace by field, for the fields that filters ask for: each value is a number, and a filter on a field is
 * asked once for each value instead of once for each record.
 *
 * A field gets its codes once filters on it have looked at as many records as it takes to write them, so that a filter that
 * is used once costs what it has always cost. Later records get theirs from the next filter.
 */
export class FieldCodes {
  /** What was asked for last is at the end. */
  private readonly fields = new Map<string, Field>()

  constructor(private readonly metadataAt: (slot: number) => Metadata | undefined) {}

  /** What they take, in bytes. */
  get bytes(): number {
    let bytes = 0
    for (const field of this.fields.values()) bytes += field.bytes
    return bytes
  }

  /** The record of a slot has this metadata from now on. */
  write(slot: number, metadata: Metadata | undefined): void {
    for (const [name, field] of this.fields) {
      if (slot < field.built) field.write(slot, valueOf(metadata, name))
    }
  }

  /** So many records were looked at for a filter. */
  looked(plan: Plan | undefined, records: number): void {
    if (plan === undefined || records === 0) return
    for (const name of fieldsOf(plan)) {
      const field = this.fields.get(name)
      if (field !== undefined) field.looks += records
    }
  }

  /**
   * What a filter keeps of the slots below `end`; nothing where it is better asked of each record. What it says of a slot whose
   * record is newer than the job that asks means nothing.
   */
  *kept(plan: Plan | undefined, end: number, budget: Budget): Generator<void, Kept | undefined, void> {
    if (plan === undefined || conditionsOf(plan) > maxConditions) return undefined
    const names = fieldsOf(plan)
    if (names.size === 0 || names.size > maxFields) return undefined
    const fields = new Map(Array.from(names, (name) => [name, this.use(name)] as const))
    for (const { built, looks } of fields.values()) {
      if (end - built > Math.max(fewSlots, end / 8, looks)) return undefined
    }
    for (const [name, field] of fields) yield* this.build(name, field, end, budget)
    const decide = yield* deciding(plan, fields, budget)
    const isSure = isOfFields(plan) && Array.from(fields.values()).every(({ hasOthers }) => !hasOthers)
    return { ...yield* decided(decide, end, conditionsOf(plan), budget), isSure }
  }

  private use(name: string): Field {
    const field = this.fields.get(name) ?? new Field()
    this.fields.delete(name)
    this.fields.set(name, field)
    const oldest = this.fields.keys().next()
    if (this.fields.size > maxFields && oldest.done !== true) this.fields.delete(oldest.value)
    return field
  }

  /** Writes the codes of all slots below `end`. Another job may do a part of it between two slices. */
  private *build(name: string, field: Field, end: number, budget: Budget): Generator<void, void, void> {
    field.reserve(end)
    while (field.built < end) {
      if ((budget.left -= unitsOfRecord) < 0) yield
      if (field.built >= end) break
      field.write(field.built, valueOf(this.metadataAt(field.built), name))
      field.built++
    }
    field.looks = 0
  }
}

const fieldsOf = (plan: Plan, names = new Set<string>()): Set<string> => {
  switch (plan._tag) {
    case "field":
      names.add(plan.field)
      break
    case "not":
      fieldsOf(plan.plan, names)
      break
    case "every":
    case "some":
      for (const part of plan.plans) fieldsOf(part, names)
      break
    default:
  }
  return names
}

/** Whether nothing has to be asked of a record. */
const isOfFields = (plan: Plan): boolean => {
  switch (plan._tag) {
    case "record":
      return false
    case "field":
      return true
    case "not":
      return isOfFields(plan.plan)
    default:
      return plan.plans.every(isOfFields)
  }
}

const conditionsOf = (plan: Plan): number => {
  switch (plan._tag) {
    case "not":
      return conditionsOf(plan.plan)
    case "every":
    case "some":
      return plan.plans.reduce((sum, part) => sum + conditionsOf(part), 0)
    default:
      return 1
  }
}

function* deciding(plan: Plan, fields: ReadonlyMap<string, Field>, budget: Budget): Generator<void, Decide, void> {
  switch (plan._tag) {
    case "record":
      return (out, from, to, shift) => {
        out.fill(MAYBE, from + shift, to + shift)
      }
    case "not": {
      const decide = yield* deciding(plan.plan, fields, budget)
      return (out, from, to, shift) => {
        decide(out, from, to, shift)
        negate(out, from + shift, to + shift)
      }
    }
    case "field": {
      // It is there: it was taken from the same plan.
      const field = fields.get(plan.field)!
      const match = yield* matching(field, plan.test, plan.among, budget)
      return (out, from, to, shift) => lookUp(out, field.codes, match, from, to, shift)
    }
    default: {
      const parts: Array<Decide> = []
      for (const part of plan.plans) parts.push(yield* deciding(part, fields, budget))
      return combining(plan._tag, parts)
    }
  }
}

// Plain loops that stay apart compile to straight code: most of the time goes by here.

const lookUp = (
  out: Uint8Array,
  codes: Int32Array,
  match: Uint8Array,
  from: number,
  to: number,
  shift: number
): void => {
  for (let slot = from; slot < to; slot++) out[slot + shift] = match[codes[slot]]
}

const negate = (out: Uint8Array, from: number, to: number): void => {
  for (let at = from; at < to; at++) out[at] = negated[out[at]]
}

const both = (out: Uint8Array, beside: Uint8Array, from: number, to: number): void => {
  for (let at = from, i = 0; at < to; at++, i++) out[at] &= beside[i]
}

const either = (out: Uint8Array, beside: Uint8Array, from: number, to: number): void => {
  for (let at = from, i = 0; at < to; at++, i++) out[at] |= beside[i]
}

/** How many are not sure to be left out. */
const countOf = (marks: Uint8Array, from: number, to: number): number => {
  let count = 0
  for (let slot = from; slot < to; slot++) count += marks[slot] & 1
  return count
}

const combining = (how: "every" | "some", [first, ...others]: ReadonlyArray<Decide>): Decide => {
  if (first === undefined) {
    return (out, from, to, shift) => {
      out.fill(how === "every" ? YES : NO, from + shift, to + shift)
    }
  }
  const combine = how === "every" ? both : either
  const beside = new Uint8Array(slotsPerChunk)
  return (out, from, to, shift) => {
    first(out, from, to, shift)
    for (const decide of others) {
      decide(beside, from, to, -from)
      combine(out, beside, from + shift, to + shift)
    }
  }
}

/** Whether each value of a field matches, by its code. */
function* matching(
  field: Field,
  test: Test,
  among: ReadonlyArray<unknown> | undefined,
  budget: Budget
): Generator<void, Uint8Array, void> {
  const { lists, values } = field
  const count = values.length
  const match = new Uint8Array(count)
  match[missing] = test(undefined) ? YES : NO
  match[other] = MAYBE
  if (among !== undefined && among.length + lists.length < count) {
    for (const value of among) {
      const code = field.knownCode(value)
      if (code !== undefined && code < count) match[code] = YES
    }
    // What is pushed meanwhile is of newer records.
    for (let i = 0; i < lists.length; i++) {
      if ((budget.left -= 1 / valuesPerUnit) < 0) yield
      if (lists[i] < count && test(values[lists[i]])) match[lists[i]] = YES
    }
    return match
  }
  for (let code = other + 1; code < count; code++) {
    if ((budget.left -= 1 / valuesPerUnit) < 0) yield
    if (test(values[code])) match[code] = YES
  }
  return match
}

function* decided(
  decide: Decide,
  end: number,
  conditions: number,
  budget: Budget
): Generator<void, Omit<Kept, "isSure">, void> {
  const marks = new Uint8Array(end)
  const counts = new Uint32Array(Math.ceil(end / slotsPerChunk))
  const units = (1 + conditions) * slotsPerChunk / marksPerUnit
  let total = 0
  for (let from = 0, chunk = 0; from < end; from += slotsPerChunk, chunk++) {
    if ((budget.left -= units) < 0) yield
    const to = Math.min(end, from + slotsPerChunk)
    decide(marks, from, to, 0)
    const count = countOf(marks, from, to)
    counts[chunk] = count
    total += count
  }
  return { marks, counts, total }
}
