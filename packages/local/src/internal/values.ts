import * as Duration from "effect/Duration"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { isIPv6 } from "node:net"

/** A value of the command line from its text, or what it must be: `an integer from 0 to 65,535`. */
export type Reader<A> = (text: string) => Either.Either<A, string>

const digits = new Intl.NumberFormat("en")

export const text: Reader<string> = (given) =>
  given === "" ? Either.left("a text that is not empty") : Either.right(given)

export const integer = (minimum: number, maximum: number): Reader<number> => (given) => {
  const value = Number(given)
  return /^-?\d+$/.test(given) && value >= minimum && value <= maximum
    ? Either.right(value)
    : Either.left(`an integer from ${digits.format(minimum)} to ${digits.format(maximum)}`)
}

/** A part of all requests. */
export const share: Reader<number> = (given) => {
  const value = Number(given)
  return /^(\d+\.?\d*|\.\d+)$/.test(given) && value <= 1 ? Either.right(value) : Either.left("a number from 0 to 1")
}

export const truth: Reader<boolean> = (given) =>
  /^(true|1|yes)$/i.test(given)
    ? Either.right(true)
    : /^(false|0|no)$/i.test(given)
    ? Either.right(false)
    : Either.left("true or false")

export const oneOf = <const A extends string>(...all: ReadonlyArray<A>): Reader<A> => (given) =>
  Option.match(Option.fromNullable(all.find((one) => one === given)), {
    onNone: () => Either.left(`one of ${all.join(", ")}`),
    onSome: Either.right
  })

/** The names of units that Effect's own durations do not have. */
const shortUnits: Readonly<Record<string, string>> = { ms: "millis", s: "seconds", m: "minutes", h: "hours" }

const durationRule = "a duration, such as \"200 millis\", \"1.5 seconds\" or \"2m\""

export const duration: Reader<Duration.Duration> = (given) => {
  const [, count, unit = ""] = /^(\d+(?:\.\d+)?)\s*([a-z]+)$/.exec(given.trim()) ?? []
  return Either.fromOption(
    Duration.decodeUnknown(`${count} ${shortUnits[unit] ?? unit}`),
    () => durationRule
  )
}

/** A fixed delay, or the two that one lies between. */
export interface Delay {
  readonly minimum: Duration.Duration
  readonly maximum: Duration.Duration
}

const delayRule = "a duration or two, such as \"200 millis\" or \"100 millis..2 seconds\""

export const delay: Reader<Delay> = (given) => {
  const [first = "", last = first, ...more] = given.split("..")
  return Either.all([duration(first), duration(last)]).pipe(
    Either.filterOrLeft(
      ([minimum, maximum]) => more.length === 0 && Duration.lessThanOrEqualTo(minimum, maximum),
      () => delayRule
    ),
    Either.mapBoth({ onLeft: () => delayRule, onRight: ([minimum, maximum]) => ({ minimum, maximum }) })
  )
}

const byteUnits: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40
}

/** A number of bytes. */
export const size: Reader<number> = (given) => {
  const [, count, unit = ""] = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(given.trim()) ?? []
  const bytes = Math.floor(Number(count) * (byteUnits[unit.toLowerCase()] ?? NaN))
  return Number.isSafeInteger(bytes) && bytes > 0
    ? Either.right(bytes)
    : Either.left("a size, such as \"512MB\" or \"2GiB\"")
}

/** A name or an address by which others reach a machine. */
export const hostName: Reader<string> = (given) =>
  isIPv6(given) ||
    /^[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*$/.test(given)
    ? Either.right(given)
    : Either.left("a host name or an IP address, without a scheme or a port")

/** Where a page of a browser comes from. */
export const origin: Reader<string> = (given) =>
  given === "*" || /^[a-z][a-z0-9+.-]*:\/\/[^/?#\s]+$/i.test(given)
    ? Either.right(given)
    : Either.left("an origin, such as http://localhost:3000, or *")
