/** Bar charts as SVG, to be read in the light and in the dark; the text is text. */
import type { Chart } from "./report.js"
import { figure } from "./report.js"

const width = 820
/** For the figure behind the longest bar. */
const right = 90
const barHeight = 18
const barStep = 25

const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")

/** Marks of an axis that begins at 0: a few round figures up to at least the largest bar. */
const marks = (largest: number): ReadonlyArray<number> => {
  const rough = largest / 4
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 2.5, 5, 10].map((one) => one * power).find((one) => one >= rough) ?? rough
  return Array.from({ length: Math.ceil(largest / step - 1e-9) + 1 }, (_, i) => i * step)
}

/** Whose bar it is, for its colour. */
const kind = (name: string): string => {
  if (/official/.test(name)) return "official"
  return /^(this SDK|this engine|upsertParquet|import)/.test(name) ? "sdk" : "other"
}

const style = `
    text { font: 13px system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; fill: #1f2328; }
    .title { font-size: 16px; font-weight: 600; }
    .group { font-weight: 600; }
    .quiet { fill: #59636e; font-size: 12px; }
    .grid { stroke: #d1d9e0; stroke-width: 1; }
    .sdk { fill: #0969da; }
    .official { fill: #9a6700; }
    .other { fill: #afb8c1; }
    @media (prefers-color-scheme: dark) {
      text { fill: #f0f6fc; }
      .quiet { fill: #9198a1; }
      .grid { stroke: #3d444d; }
      .sdk { fill: #4493f8; }
      .official { fill: #d29922; }
      .other { fill: #656c76; }
    }`

type Group = Chart["groups"][number]

/** Groups of bars over one axis, from `top` on; the lines, and where they end. */
const panel = (
  groups: ReadonlyArray<Group>,
  unit: string,
  left: number,
  top: number
): { readonly lines: ReadonlyArray<string>; readonly bottom: number } => {
  const ticks = marks(Math.max(...groups.flatMap((group) => group.bars.map(({ value }) => value))))
  const most = ticks.at(-1)!
  const x = (value: number): number => left + (width - left - right) * value / most
  const rows: Array<string> = []
  let y = top
  for (const group of groups) {
    if (group.name !== "") {
      rows.push(`<text class="group" x="16" y="${y + 14}">${escaped(group.name)}</text>`)
      y += 24
    }
    for (const bar of group.bars) {
      const middle = y + barHeight / 2 + 4.5
      rows.push(
        `<text x="${left - 10}" y="${middle}" text-anchor="end">${escaped(bar.name)}</text>`,
        `<rect class="${kind(bar.name)}" x="${left}" y="${y}" width="${
          Math.max(1, x(bar.value) - left).toFixed(1)
        }" height="${barHeight}" rx="2"/>`,
        `<text x="${(x(bar.value) + 6).toFixed(1)}" y="${middle}">${figure(bar.value)}</text>`
      )
      y += barStep
    }
    y += 8
  }
  const grid = ticks.flatMap((tick) => [
    `<line class="grid" x1="${x(tick).toFixed(1)}" y1="${top}" x2="${x(tick).toFixed(1)}" y2="${y}"/>`,
    `<text class="quiet" x="${x(tick).toFixed(1)}" y="${y + 16}" text-anchor="middle">${
      tick.toLocaleString("en-US", { maximumSignificantDigits: 3 })
    }</text>`
  ])
  const axis = `<text class="quiet" x="${left - 10}" y="${y + 16}" text-anchor="end">${escaped(unit)}</text>`
  return { lines: [...grid, ...rows, axis], bottom: y + 32 }
}

export const svg = ({ better, groups, ownAxes = false, title, unit }: Chart): string => {
  const lines: Array<string> = []
  // The widest name at 7 pixels for a letter.
  const left = 26 + 7 * Math.max(20, ...groups.flatMap((group) => group.bars.map(({ name }) => name.length)))
  let y = 60
  for (const together of ownAxes ? groups.map((group) => [group]) : [groups]) {
    const drawn = panel(together, unit, left, y)
    for (const line of drawn.lines) lines.push(line)
    y = drawn.bottom + 8
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y}" width="${width}" height="${y}" role="img">
  <title>${escaped(title)}, ${escaped(unit)}</title>
  <style>${style}
  </style>
  <text class="title" x="16" y="26">${escaped(title)}</text>
  <text class="quiet" x="16" y="45">${escaped(unit)}; ${better === "more" ? "longer" : "shorter"} is better</text>
  ${lines.join("\n  ")}
</svg>
`
}
