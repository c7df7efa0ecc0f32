/**
 * The page of the benchmarks in the documentation: its tables and pictures are made from the JSON of the results, and the
 * words between them are written by hand.
 */
import * as Fs from "node:fs"
import * as Path from "node:path"
import { root } from "./bundle.js"
import * as picture from "./picture.js"
import type { Ratio, Report, Table } from "./report.js"
import { describeMachine, describeTarget, describeVersions, figure, isMet, read } from "./report.js"

const docs = Path.join(root, "../docs")

const page = Path.join(docs, "benchmarks.md")

const pictures = Path.join(docs, "benchmarks")

const cell = (text: string): string => text.replaceAll("|", "\\|")

const rows = (lines: ReadonlyArray<ReadonlyArray<string>>): ReadonlyArray<string> =>
  lines.map((cells) => `| ${cells.join(" | ")} |`)

const table = ({ columns, rows: all, title }: Table): ReadonlyArray<string> => [
  `**${title}**`,
  "",
  ...rows([
    ["", ...columns.map(({ name }) => cell(name))],
    ["---", ...columns.map(() => "---:")],
    ...all.map(({ name, values }) => [cell(name), ...values.map((value, i) => figure(value, columns[i]?.digits))])
  ])
]

const withUnit = (value: string, unit: string | undefined): string => unit === undefined ? value : `${value} ${unit}`

const ratios = (all: ReadonlyArray<Ratio>): ReadonlyArray<string> =>
  rows([
    ["", "figure", "target", ""],
    ["---", "---:", "---", "---"],
    ...all.map((ratio) => [
      cell(ratio.name),
      withUnit(figure(ratio.value), ratio.unit),
      ratio.target === undefined ? "" : describeTarget(ratio.target, ratio.unit),
      ratio.target === undefined ? "" : isMet(ratio) ? "met" : "missed"
    ])
  ])

const section = (report: Report): string =>
  [
    ...(report.charts ?? []).flatMap((chart) => [`![${chart.title}, ${chart.unit}](benchmarks/${chart.file}.svg)`, ""]),
    ...report.tables.flatMap((one) => [...table(one), ""]),
    ...ratios(report.ratios),
    "",
    ...(report.notes ?? []).map((note) => `- ${note}`),
    `- ${describeMachine(report.machine)}; load average ${report.load.before} before and ${report.load.after} after`,
    ...(Object.keys(report.versions).length === 0 ? [] : [`- ${describeVersions(report.versions)}`])
  ].join("\n")

/** All targets on one place, and whether they are met. */
const targets = (reports: ReadonlyArray<Report>): string =>
  rows([
    ["", "", "figure", "target", ""],
    ["---", "---", "---:", "---", "---"],
    ...reports.flatMap((report) =>
      report.ratios.flatMap((ratio) =>
        ratio.target === undefined ? [] : [[
          `[${report.name}](#${report.name})`,
          cell(ratio.name),
          withUnit(figure(ratio.value), ratio.unit),
          describeTarget(ratio.target, ratio.unit),
          isMet(ratio) ? "met" : "**missed**"
        ]]
      )
    )
  ]).join("\n")

/** Puts a text between the marks of a name. Where the page has no such marks, nothing is changed. */
const between = (text: string, name: string, content: string): string => {
  const [begin, end] = [`<!-- begin ${name} -->`, `<!-- end ${name} -->`]
  const from = text.indexOf(begin)
  const to = text.indexOf(end)
  return from === -1 || to === -1 ? text : `${text.slice(0, from + begin.length)}\n\n${content}\n\n${text.slice(to)}`
}

/** Makes the tables and pictures anew from the results that are there; gives the names of those that are not. */
export const write = (names: ReadonlyArray<string>): ReadonlyArray<string> => {
  const reports = names.flatMap((name) => read(name) ?? [])
  Fs.mkdirSync(pictures, { recursive: true })
  for (const { charts = [] } of reports) {
    for (const chart of charts) Fs.writeFileSync(Path.join(pictures, `${chart.file}.svg`), picture.svg(chart))
  }
  const text = reports.reduce(
    (text, report) => between(text, report.name, section(report)),
    Fs.readFileSync(page, "utf8")
  )
  Fs.writeFileSync(page, between(text, "targets", targets(reports)))
  return names.filter((name) => !reports.some((report) => report.name === name))
}
