/** The colours of points by a field of their metadata. */

export interface Colouring {
  /** A number of a colour for each point. */
  readonly of: (i: number) => number
  /** The colours and what they stand for. */
  readonly legend: ReadonlyArray<{ readonly colour: number; readonly label: string }>
  readonly palette: "categories" | "steps"
}

interface Fields {
  readonly fields: { readonly [name: string]: unknown }
}

/** Colours that are easy to tell apart, also for those who see few colours; the last is for all others. */
const categories = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b58900", "#56b4e9", "#7a5cc4", "#8a8f98"]

/** From low to high, and what has no number. */
const steps = ["#3b4cc0", "#6f92f3", "#aac7fd", "#f7b89c", "#e7745b", "#b40426", "#8a8f98"]

const palettes = {
  light: { categories, steps },
  // The same colours, where they stand out from a dark page.
  dark: {
    categories: ["#4aa3df", "#f08a3c", "#33c295", "#e39cc6", "#dcb33c", "#9adcff", "#a68cf0", "#9aa1ab"],
    steps: ["#7486f0", "#8fabff", "#bcd3ff", "#f9c6ae", "#f08f77", "#ff5a6e", "#9aa1ab"]
  }
} as const

/** The colours of a palette on the page as it looks now. */
export const coloursOf = ({ palette }: Pick<Colouring, "palette">): ReadonlyArray<string> =>
  palettes[matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"][palette]

const others = categories.length - 1

const none = steps.length - 1

const textOf = (value: unknown): string =>
  value === undefined ? "(none)" : Array.isArray(value) ? String(value[0] ?? "(none)") : String(value)

/** Each colour stands for about as many points: a few numbers far above the others would leave all of these one colour. */
const byNumber = (points: ReadonlyArray<Fields>, field: string): Colouring => {
  const values = points.flatMap(({ fields: { [field]: value } }) => typeof value === "number" ? [value] : [])
  const sorted = Float64Array.from(values).sort()
  /** The least number of each colour. */
  const from = Array.from({ length: none }, (_, colour) => sorted[Math.floor(colour * sorted.length / none)]!)
  const of = (value: number): number =>
    from.reduce((found, least, colour) => least > from[found]! && least <= value ? colour : found, 0)
  const ranges = new Map<number, readonly [number, number]>()
  for (const value of sorted) {
    const colour = of(value)
    ranges.set(colour, [ranges.get(colour)?.[0] ?? value, value])
  }
  const label = (value: number) => String(Number(value.toPrecision(4)))
  return {
    palette: "steps",
    of: (i) => {
      const value = points[i]?.fields[field]
      return typeof value === "number" ? of(value) : none
    },
    legend: [
      ...Array.from(ranges, ([colour, [least, most]]) => ({
        colour,
        label: least === most ? label(least) : `${label(least)} to ${label(most)}`
      })),
      ...(values.length < points.length ? [{ colour: none, label: "(none)" }] : [])
    ]
  }
}

const byText = (points: ReadonlyArray<Fields>, field: string): Colouring => {
  const counts = new Map<string, number>()
  for (const { fields } of points) {
    const text = textOf(fields[field])
    counts.set(text, (counts.get(text) ?? 0) + 1)
  }
  const first = Array.from(counts).sort(([, a], [, b]) => b - a).slice(0, others)
  const colourOf = new Map(first.map(([text], colour) => [text, colour]))
  const rest = counts.size - first.length
  return {
    palette: "categories",
    of: (i) => colourOf.get(textOf(points[i]?.fields[field])) ?? others,
    legend: [
      ...first.map(([text, count], colour) => ({
        colour,
        label: `${text.slice(0, 40)} (${count.toLocaleString("en-US")})`
      })),
      ...(rest > 0 ? [{ colour: others, label: `${rest.toLocaleString("en-US")} other values` }] : [])
    ]
  }
}

/** Numbers are shown from low to high, all else by its most frequent values; of a list the first. */
export const colouring = (points: ReadonlyArray<Fields>, field: string | undefined): Colouring => {
  if (field === undefined) return { palette: "categories", of: () => 0, legend: [] }
  const values = points.flatMap(({ fields: { [field]: value } }) => value === undefined ? [] : [value])
  return values.length > 0 && values.every((value) => typeof value === "number")
    ? byNumber(points, field)
    : byText(points, field)
}

/** The fields that some point has. */
export const fieldsOf = (points: ReadonlyArray<Fields>): ReadonlyArray<string> => {
  const names = new Set<string>()
  for (const { fields } of points) for (const name in fields) names.add(name)
  return Array.from(names).sort()
}
