/** The table of what works where, and the one of the README. */
import { features, type Outcome, type Runtime } from "./runtimes.js"

export interface Row {
  readonly title: string
  readonly cells: ReadonlyArray<string>
  /** Its version is that of whoever runs this: any is right. */
  readonly isFloating: boolean
}

const begin = "<!-- What `pnpm runtimes` printed. -->\n"
const end = "\n<!-- The end of it. -->"

const came = ({ without }: Runtime, outcomes: ReadonlyArray<Outcome>, feature: string): string => {
  if (without.includes(feature)) return "–"
  const found = outcomes.find((outcome) => outcome.feature === feature)
  return found !== undefined && found.problem === undefined ? "yes" : "no"
}

export const row = (runtime: Runtime, outcomes: ReadonlyArray<Outcome>): Row => ({
  title: runtime.title,
  cells: [runtime.version, ...features.map((feature) => came(runtime, outcomes, feature))],
  isFloating: runtime.isFloating
})

const line = (cells: ReadonlyArray<string>): string => `| ${cells.join(" | ")} |`

const head = [
  line(["", "version", ...features.map((feature) => feature === "NodeHttp" ? "`NodeHttp`" : feature)]),
  line(["", "", ...features].map(() => "---"))
]

export const show = (rows: ReadonlyArray<Row>): string =>
  [...head, ...rows.map(({ cells, title }) => line([title, ...cells]))].join("\n")

/** The rows of a text, by their titles. */
const rowsOf = (text: string): ReadonlyMap<string, ReadonlyArray<string>> =>
  new Map(
    text.split("\n").slice(head.length)
      .map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim()))
      .map(([title = "", ...cells]) => [title, cells])
  )

/** The text with these rows in its table; rows of runtimes that are not here stay as they are. */
export const update = (text: string, rows: ReadonlyArray<Row>): string => {
  const from = text.indexOf(begin)
  const to = text.indexOf(end, from)
  if (from === -1 || to === -1) return text
  const found = new Map(rowsOf(text.slice(from + begin.length, to)))
  for (const { cells, isFloating, title } of rows) {
    const before = found.get(title)
    const isSame = before !== undefined && cells.slice(1).join() === before.slice(1).join()
    if (!isFloating || !isSame) found.set(title, cells)
  }
  const lines = Array.from(found, ([title, cells]) => line([title, ...cells]))
  return text.slice(0, from + begin.length) + [...head, ...lines].join("\n") + text.slice(to)
}
