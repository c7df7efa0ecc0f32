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
  /** Whether no slot has to be looked at. */
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
  /** How many records were looked at for filters on this field since it has codes. */
  looks = 0
  /** By code. */
  readonly values: Array<unknown> = [undefined, undefined]
  /** The codes of lists. */
  readonly lists: Array<number> = []
  private readonly scalars = new Map<unknown, number>()
  private readonly listsByText = new Map<string, number>()

  /** The code of a scalar that a record has, or has had. */
  knownCode(value: unknown): number | undefined {
    return this.scalars.get(value)
  }

  codeOf(value: unknown): number {
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

/** Decides on the slots of a range, from the first place of `out` on. */
type Decide = (out: Uint8Array, from: number, to: number) => void

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

  /** The record of a slot has this metadata from now on. */
  write(slot: number, metadata: Metadata | undefined): void {
    for (const [name, field] of this.fields) {
      if (slot < field.built) field.codes[slot] = field.codeOf(valueOf(metadata, name))
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
    return yield* decided(decide, end, conditionsOf(plan), budget)
  }

  private use(name: string): Field {
    const field = this.fields.get(name) ?? new Field()
    this.fields.delete(name)
    this.fields.set(name, field)
    if (this.fields.size > maxFields) {
      for (const oldest of this.fields.keys()) {
        this.fields.delete(oldest)
        break
      }
    }
    return field
  }

  /** Writes the codes of all slots below `end`. Another job may do a part of it between two slices. */
  private *build(name: string, field: Field, end: number, budget: Budget): Generator<void, void, void> {
    field.reserve(end)
    while (field.built < end) {
      if ((budget.left -= unitsOfRecord) < 0) yield
      if (field.built >= end) break
      field.codes[field.built] = field.codeOf(valueOf(this.metadataAt(field.built), name))
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
      return (out, from, to) => {
        out.fill(MAYBE, 0, to - from)
      }
    case "not": {
      const decide = yield* deciding(plan.plan, fields, budget)
      return (out, from, to) => {
        decide(out, from, to)
        for (let i = 0; i < to - from; i++) out[i] = negated[out[i]]
      }
    }
    case "field": {
      // It is there: it was taken from the same plan.
      const field = fields.get(plan.field)!
      const match = yield* matching(field, plan.test, plan.among, budget)
      return (out, from, to) => {
        const { codes } = field
        for (let i = 0, slot = from; slot < to; i++, slot++) out[i] = match[codes[slot]]
      }
    }
    default: {
      const parts: Array<Decide> = []
      for (const part of plan.plans) parts.push(yield* deciding(part, fields, budget))
      return combining(plan._tag, parts)
    }
  }
}

const combining = (how: "every" | "some", [first, ...others]: ReadonlyArray<Decide>): Decide => {
  if (first === undefined) {
    return (out, from, to) => {
      out.fill(how === "every" ? YES : NO, 0, to - from)
    }
  }
  const beside = new Uint8Array(slotsPerChunk)
  return (out, from, to) => {
    const count = to - from
    first(out, from, to)
    for (const decide of others) {
      decide(beside, from, to)
      if (how === "every") { for (let i = 0; i < count; i++) out[i] &= beside[i] }
      else { for (let i = 0; i < count; i++) out[i] |= beside[i] }
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

function* decided(decide: Decide, end: number, conditions: number, budget: Budget): Generator<void, Kept, void> {
  const marks = new Uint8Array(end)
  const counts = new Uint32Array(Math.ceil(end / slotsPerChunk))
  const units = (1 + conditions) * slotsPerChunk / marksPerUnit
  let total = 0
  let unsure = 0
  for (let from = 0, chunk = 0; from < end; from += slotsPerChunk, chunk++) {
    if ((budget.left -= units) < 0) yield
    const to = Math.min(end, from + slotsPerChunk)
    const out = marks.subarray(from, to)
    decide(out, from, to)
    let sure = 0
    let maybe = 0
    for (let i = 0; i < out.length; i++) {
      sure += out[i] >> 1
      maybe += out[i] & 1
    }
    // Each that is sure is counted among the others too.
    counts[chunk] = maybe
    total += maybe
    unsure += maybe - sure
  }
  return { marks, counts, total, isSure: unsure === 0 }
}
