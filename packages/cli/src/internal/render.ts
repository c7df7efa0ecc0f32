import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import stringWidth from "string-width"
import { StandardStreams } from "../StandardStreams.js"

export type Mode = "table" | "json"

/** A column of a table. What it has none of is left empty. */
export interface Column<in A> {
  readonly title: string
  readonly of: (row: A) => string | number | boolean | undefined
  /** Numbers stand at the right. */
  readonly right?: boolean
}

/** What is shown: as JSON by its Schema, and as a table by its columns. */
export interface Kind<A, I> {
  readonly schema: Schema.Schema<A, I>
  readonly columns: ReadonlyArray<Column<A>>
  /** What a table says that has no rows. */
  readonly none?: string
}

/** What is stored can have characters that a terminal takes for commands. */
export const harmless = (text: string): string =>
  text.replace(/[\u0000-\u001f\u007f-\u009f]/g, (character) =>
    character === "\n" || character === "\t"
      ? " "
      : `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`)

const cellOf = <A>(column: Column<A>, row: A): string => {
  const value = column.of(row)
  return value === undefined
    ? ""
    : typeof value === "number"
    ? number(value)
    : harmless(String(value))
}

/** A number with separators, as people read it. */
export const number = (value: number): string =>
  Number.isInteger(value) ? value.toLocaleString("en-US") : String(Number(value.toPrecision(6)))

const cut = (text: string, width: number): string => {
  if (stringWidth(text) <= width) return text
  let out = ""
  for (const character of text) {
    if (stringWidth(out + character) > width - 1) break
    out += character
  }
  return `${out}…`
}

const padded = (text: string, width: number, right: boolean): string => {
  const gap = " ".repeat(Math.max(0, width - stringWidth(text)))
  return right ? gap + text : text + gap
}

const gap = "  "

const least = 8

/** The widths of the columns: the widest give way until a line fits the terminal. */
const widthsOf = (cells: ReadonlyArray<ReadonlyArray<string>>, columns: number): Array<number> => {
  const widths = cells[0]!.map((_, i) => Math.max(...cells.map((row) => stringWidth(row[i]!))))
  const total = () => widths.reduce((sum, width) => sum + width + gap.length, -gap.length)
  while (total() > columns) {
    const widest = widths.indexOf(Math.max(...widths))
    if (widths[widest]! <= least) break
    widths[widest] = Math.max(least, widths[widest]! - (total() - columns))
  }
  return widths
}

const line = (cells: ReadonlyArray<string>, widths: ReadonlyArray<number>, rights: ReadonlyArray<boolean>): string =>
  cells.map((cell, i) => padded(cut(cell, widths[i]!), widths[i]!, rights[i]!)).join(gap).trimEnd()

/** As asked for, or else a table on a terminal and JSON lines everywhere else. */
export const modeOf = (output: Option.Option<Mode>) =>
  Effect.map(
    StandardStreams,
    ({ terminal }) => Option.getOrElse(output, (): Mode => terminal.output ? "table" : "json")
  )

const jsonLine = <A, I>(kind: Kind<A, I>) => {
  const encode = Schema.encode(kind.schema)
  return (item: A) => Effect.map(encode(item), (encoded) => `${JSON.stringify(encoded)}\n`)
}

/** How many rows are looked at for the widths of the columns. */
const screenful = 500

/** Items one below the other: the rows of a table, or lines of JSON. */
export const list = <A, I, E, R>(output: Option.Option<Mode>, kind: Kind<A, I>, items: Stream.Stream<A, E, R>) =>
  Effect.gen(function*() {
    const { columns, write } = yield* StandardStreams
    if ((yield* modeOf(output)) === "json") {
      const encode = jsonLine(kind)
      return yield* Stream.runForEachChunk(
        items,
        (chunk) => Effect.flatMap(Effect.forEach(chunk, encode), (lines) => write(lines.join("")))
      )
    }
    const width = yield* columns
    const rights = kind.columns.map(({ right = false }) => right)
    let widths: ReadonlyArray<number> | undefined
    yield* Stream.runForEach(Stream.grouped(items, screenful), (chunk) => {
      const cells = Chunk.toReadonlyArray(chunk).map((row) => kind.columns.map((column) => cellOf(column, row)))
      const titles = kind.columns.map(({ title }) => title)
      const head = widths === undefined ? [titles] : []
      widths ??= widthsOf([titles, ...cells], width)
      const known = widths
      return write([...head, ...cells].map((row) => `${line(row, known, rights)}\n`).join(""))
    })
    if (widths === undefined) yield* write(kind.none ?? "Nothing found.\n")
  })

/** One item: its fields one below the other, or a line of JSON. */
export const one = <A, I>(output: Option.Option<Mode>, kind: Kind<A, I>, item: A) =>
  Effect.gen(function*() {
    const { write } = yield* StandardStreams
    if ((yield* modeOf(output)) === "json") return yield* Effect.flatMap(jsonLine(kind)(item), write)
    const width = Math.max(...kind.columns.map(({ title }) => stringWidth(title)))
    const lines = kind.columns.flatMap((column) => {
      const cell = cellOf(column, item)
      return cell === "" ? [] : [`${padded(column.title, width, false)}${gap}${cell}\n`]
    })
    return yield* write(lines.join(""))
  })

/** A sentence for people, beside what is asked for. */
export const note = (text: string) => Effect.flatMap(StandardStreams, ({ writeError }) => writeError(`${text}\n`))
