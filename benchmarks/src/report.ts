/** What a benchmark finds, the same for all: printed as tables, kept as JSON, and at the end the ratios with their targets. */
import * as Fs from "node:fs"
import * as Path from "node:path"
import { root } from "./bundle.js"
import type { Machine } from "./machine.js"
import { machine } from "./machine.js"

export interface Column {
  readonly name: string
  /** Digits behind the point; by the size of the figure unless told. */
  readonly digits?: number
}

export interface Row {
  readonly name: string
  /** A figure for each column; null where there is none. */
  readonly values: ReadonlyArray<number | null>
}

export interface Table {
  readonly title: string
  readonly columns: ReadonlyArray<Column>
  readonly rows: ReadonlyArray<Row>
}

export type Target = { readonly atLeast: number; readonly atMost?: never } | {
  readonly atMost: number
  readonly atLeast?: never
}

/** A figure of one side by that of another, or a figure that has a limit of its own. */
export interface Ratio {
  readonly name: string
  readonly value: number
  readonly unit?: string
  readonly target?: Target
}

/** A picture with a bar for each figure. */
export interface Chart {
  /** The name of its file, without the ending. */
  readonly file: string
  readonly title: string
  readonly unit: string
  /** Whether the longer bar is the better one. */
  readonly better: "more" | "less"
  /** Whether each group has an axis of its own: their figures are far apart. */
  readonly ownAxes?: boolean
  readonly groups: ReadonlyArray<{
    readonly name: string
    readonly bars: ReadonlyArray<{ readonly name: string; readonly value: number }>
  }>
}

export interface Found {
  readonly title: string
  readonly versions: Readonly<Record<string, string>>
  readonly tables: ReadonlyArray<Table>
  readonly charts?: ReadonlyArray<Chart>
  readonly ratios: ReadonlyArray<Ratio>
  readonly notes?: ReadonlyArray<string>
}

/** What is kept of a run: without its date, so that the same figures make the same file. */
export interface Report extends Found {
  readonly name: string
  readonly quick: boolean
  readonly machine: Machine
  /** The load average of the machine before it and after it. */
  readonly load: { readonly before: number; readonly after: number }
}

/** How a benchmark is run. */
export interface Options {
  /** About a tenth of the time: to see that it works, not for its figures. */
  readonly quick: boolean
  /** Nothing but this part of it. */
  readonly only?: string | undefined
  /** A folder with data from an earlier run, or one to be filled and left there. */
  readonly data?: string | undefined
}

export interface Benchmark {
  readonly name: string
  readonly about: string
  /** It is given up after so many minutes. */
  readonly minutes: number
  /** What `--only` can name. */
  readonly parts?: ReadonlyArray<string>
  /** Why this machine cannot run it, if it cannot. */
  readonly skipped?: string | undefined
  readonly run: (options: Options) => Promise<Found>
}

const digitsOf = (value: number): number => Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2

/** A figure with commas between thousands. */
export const figure = (value: number | null, digits?: number): string =>
  value === null
    ? "–"
    : value.toLocaleString("en-US", {
      minimumFractionDigits: digits ?? digitsOf(value),
      maximumFractionDigits: digits ?? digitsOf(value)
    })

export const describeMachine = ({ cores, memory, node, processor, system }: Machine): string =>
  `${processor}, ${cores} cores, ${memory}, ${system}, Node ${node}`

export const describeVersions = (versions: Readonly<Record<string, string>>): string =>
  Object.entries(versions).map(([name, version]) => `${name} ${version}`).join(", ")

export const isMet = ({ target, value }: Ratio): boolean =>
  target === undefined || (target.atLeast === undefined ? value <= target.atMost : value >= target.atLeast)

/** `at least 5` */
export const describeTarget = (target: Target, unit = ""): string =>
  `${target.atLeast === undefined ? "at most" : "at least"} ${
    (target.atLeast ?? target.atMost!).toLocaleString("en-US", { maximumFractionDigits: 3 })
  }${unit === "" ? "" : ` ${unit}`}`

export const describeRatio = (ratio: Ratio): string =>
  `${ratio.name} ${figure(ratio.value)}${ratio.unit === undefined ? "" : ` ${ratio.unit}`}${
    ratio.target === undefined ? "" : ` (${describeTarget(ratio.target)}: ${isMet(ratio) ? "met" : "missed"})`
  }`

const tableText = ({ columns, rows, title }: Table): string => {
  const cells = rows.map(({ values }) => values.map((value, i) => figure(value, columns[i]?.digits)))
  const first = Math.max(...rows.map(({ name }) => name.length))
  const widths = columns.map(({ name }, i) => Math.max(name.length, ...cells.map((row) => row[i]?.length ?? 0)))
  const line = (name: string, values: ReadonlyArray<string>) =>
    `  ${name.padEnd(first)}${values.map((value, i) => `  ${value.padStart(widths[i]!)}`).join("")}`
  return [title, line("", columns.map(({ name }) => name)), ...rows.map(({ name }, i) => line(name, cells[i]!))]
    .join("\n")
}

/** The report as text. The last line has the ratios. */
export const text = (report: Report): string =>
  [
    `\n== ${report.name}: ${report.title}${report.quick ? " (quick: the figures are rough)" : ""}`,
    `${describeMachine(report.machine)}, load ${report.load.before} before and ${report.load.after} after`,
    ...(Object.keys(report.versions).length === 0 ? [] : [describeVersions(report.versions)]),
    ...(report.notes ?? []),
    ...report.tables.map((table) => `\n${tableText(table)}`),
    `\n${report.name}: ${report.ratios.map(describeRatio).join("; ")}`
  ].join("\n")

const resultsFolder = Path.join(root, "results")

/** What a quick run finds stays apart: it is not for the page. */
const fileOf = (name: string, quick: boolean): string => Path.join(resultsFolder, quick ? "quick" : "", `${name}.json`)

export const write = (report: Report): void => {
  const file = fileOf(report.name, report.quick)
  Fs.mkdirSync(Path.dirname(file), { recursive: true })
  Fs.writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`)
}

/** The last result of a benchmark, if there is one. */
export const read = (name: string): Report | undefined => {
  const file = fileOf(name, false)
  return Fs.existsSync(file) ? JSON.parse(Fs.readFileSync(file, "utf8")) as Report : undefined
}

export const make = (
  name: string,
  found: Found,
  run: { readonly quick: boolean; readonly before: number; readonly after: number }
): Report => {
  const missing = found.ratios.find(({ value }) => !Number.isFinite(value))
  if (missing !== undefined) throw new Error(`${name} has no figure for "${missing.name}": ${missing.value}`)
  return {
    name,
    quick: run.quick,
    machine: machine(),
    load: { before: run.before, after: run.after },
    ...found
  }
}
