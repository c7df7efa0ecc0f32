/** What the program prints: steps, bars and tables, in colours and in place in a terminal, as plain lines elsewhere. */
import { Context, Duration, Effect, Layer, Stream } from "effect"

export class Terminal extends Context.Tag("quickstart/Terminal")<Terminal, {
  readonly write: (text: string) => Effect.Effect<void>
  readonly columns: Effect.Effect<number>
  /** Whether a line can be written over. */
  readonly interactive: boolean
  readonly colors: boolean
}>() {}

export const layer = Layer.sync(Terminal, () => {
  const { stdout } = process
  // Whoever reads the output may leave (`| head`): the program goes on, and cleans up.
  stdout.on("error", () => {})
  return {
    write: (text) => Effect.sync(() => void stdout.write(text)),
    columns: Effect.sync(() => stdout.columns || 100),
    interactive: stdout.isTTY === true,
    colors: stdout.isTTY === true && !process.env["NO_COLOR"]
  }
})

const styles = { bold: 1, dim: 2, green: 32, cyan: 36 }

const styled = (text: string, style: keyof typeof styles) =>
  Effect.map(Terminal, ({ colors }) => colors ? `\u001b[${styles[style]}m${text}\u001b[0m` : text)

export const line = (text = "") => Effect.flatMap(Terminal, ({ write }) => write(`${text}\n`))

export const note = (text: string) => Effect.flatMap(styled(text, "dim"), (text) => line(`   ${text}`))

export const heading = (text: string) => Effect.flatMap(styled(text, "bold"), (text) => line(`\n${text}`))

/** `12 ms`, `1.24 s`. */
export const elapsed = (duration: Duration.Duration) => {
  const millis = Duration.toMillis(duration)
  return millis < 1000 ? `${Math.round(millis)} ms` : `${(millis / 1000).toFixed(2)} s`
}

/** A part of the story, with a heading above it and the time that it took below. */
export const step = <A, E, R>(title: string, effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    yield* heading(title)
    const [duration, result] = yield* Effect.timed(effect)
    yield* line(`   ${yield* styled("✓", "green")} ${yield* styled(elapsed(duration), "dim")}`)
    return result
  })

/** Shows how far a stream is: a bar in a terminal, a line for about each quarter elsewhere. */
export const withProgress = <A>(options: {
  readonly label: string
  readonly total: number
  readonly done: (element: A) => number
}) =>
<E, R>(stream: Stream.Stream<A, E, R>): Stream.Stream<A, E, R | Terminal> =>
  Stream.unwrap(Effect.gen(function*() {
    const { columns, interactive, write } = yield* Terminal
    const { label, total } = options
    let shown = -1

    const show = (done: number) =>
      Effect.gen(function*() {
        const share = total === 0 ? 1 : Math.min(1, done / total)
        const text = `${label} ${String(Math.round(share * 100)).padStart(3)} %`
        if (interactive) {
          const width = Math.max(0, Math.min(40, (yield* columns) - text.length - 6))
          const full = Math.round(share * width)
          const bar = yield* styled("█".repeat(full), "cyan")
          shown = share
          return yield* write(`\r\u001b[2K   ${bar}${yield* styled("░".repeat(width - full), "dim")} ${text}`)
        }
        const quarter = Math.floor(share * 4)
        if (quarter <= shown) return
        shown = quarter
        yield* line(`   ${text}`)
      })

    return stream.pipe(
      Stream.tap((element) => show(options.done(element))),
      // What is printed next, a failure too, has a line of its own.
      Stream.ensuring(Effect.suspend(() => interactive && shown >= 0 ? write("\n") : Effect.void))
    )
  }))

/** A column of a table; the one that has room left is shortened to the width of the terminal. */
export interface Column {
  readonly name: string
  readonly align?: "left" | "right"
  readonly shorten?: boolean
}

const shortened = (text: string, width: number) =>
  text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1)).trimEnd()}…`

export const table = (columns: ReadonlyArray<Column>, rows: ReadonlyArray<ReadonlyArray<string | number>>) =>
  Effect.gen(function*() {
    const indent = 3
    const gap = 2
    const natural = columns.map(({ name }, i) =>
      rows.reduce((width, row) => Math.max(width, String(row[i]).length), name.length)
    )
    const room = (yield* (yield* Terminal).columns) - indent - natural.reduce((sum, width) => sum + width + gap, -gap)
    const widths = natural.map((width, i) =>
      columns[i]?.shorten === true && room < 0 ? Math.max(columns[i].name.length, width + room) : width
    )
    const format = (cells: ReadonlyArray<string | number>) =>
      widths.map((width, i) => {
        const text = shortened(String(cells[i]), width)
        return columns[i]?.align === "right" ? text.padStart(width) : text.padEnd(width)
      }).join(" ".repeat(gap)).trimEnd()

    yield* note(format(columns.map(({ name }) => name)))
    yield* Effect.forEach(rows, (row) => line(" ".repeat(indent) + format(row)), { discard: true })
  })
