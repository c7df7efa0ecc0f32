import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { StandardStreams } from "../StandardStreams.js"
import { number } from "./render.js"

export interface State {
  readonly done: number
  /** How many there are in all, as far as that is known by now. */
  readonly total: number | undefined
}

export interface Bar {
  readonly update: (state: State) => Effect.Effect<void>
  /** Takes the bar off the terminal. */
  readonly clear: Effect.Effect<void>
}

/** A bar is drawn at most so often. */
const every = 100

const width = 24

const time = (seconds: number): string => {
  const whole = Math.max(0, Math.round(seconds))
  const hours = Math.floor(whole / 3600)
  const two = (value: number) => String(value).padStart(2, "0")
  return hours > 0
    ? `${hours}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`
    : `${Math.floor(whole / 60)}:${two(whole % 60)}`
}

/** One line: how much is done, how fast, and how long it still takes. */
export const line = (label: string, { done, total }: State, start: number, elapsedMillis: number): string => {
  const rate = elapsedMillis > 0 ? (done - start) * 1000 / elapsedMillis : 0
  const speed = `${number(Math.round(rate))}/s`
  if (total === undefined || total <= 0) {
    return `${label}  ${number(done)} records  ${speed}  ${time(elapsedMillis / 1000)}`
  }
  const share = Math.min(1, done / total)
  const full = Math.floor(share * width)
  const left = rate > 0 ? `${time((total - done) / rate)} left` : ""
  return `${label} [${"#".repeat(full)}${".".repeat(width - full)}] ${Math.floor(share * 100)} %  ${number(done)} of ${
    number(Math.round(total))
  }  ${speed}  ${left}`.trimEnd()
}

/** A bar on a terminal; nothing elsewhere. `start` is what an earlier run had done. */
export const make = (label: string, start: number) =>
  Effect.gen(function*() {
    const { columns, terminal, writeError } = yield* StandardStreams
    if (!terminal.error) return { update: () => Effect.void, clear: Effect.void } satisfies Bar
    const began = yield* Clock.currentTimeMillis
    let drawn: number | undefined
    const bar: Bar = {
      update: (state) =>
        Effect.gen(function*() {
          const now = yield* Clock.currentTimeMillis
          if (drawn !== undefined && now - drawn < every) return
          drawn = now
          const text = line(label, state, start, now - began)
          yield* writeError(`\r\u001b[K${text.slice(0, Math.max(20, (yield* columns) - 1))}`)
        }),
      clear: Effect.suspend(() => drawn === undefined ? Effect.void : writeError("\r\u001b[K"))
    }
    return bar
  })
