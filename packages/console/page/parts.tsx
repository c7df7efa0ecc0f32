/** Small parts that several views show. */
import type { SparseVector } from "effect-pinecone/Vector"
import type { ComponentChildren } from "preact"
import { useEffect, useRef, useState } from "preact/hooks"
import type { Row } from "./place.js"

export const number = (value: number | undefined): string => value === undefined ? "–" : value.toLocaleString("en-US")

export const bytes = (value: number | undefined): string =>
  value === undefined
    ? "–"
    : value < 1_000
    ? `${value} B`
    : value < 1e6
    ? `${(value / 1e3).toFixed(1)} KB`
    : value < 1e9
    ? `${(value / 1e6).toFixed(1)} MB`
    : `${(value / 1e9).toFixed(1)} GB`

export const time = (at: Date | string | null | undefined): string => {
  if (at === undefined || at === null) return "–"
  const date = typeof at === "string" ? new Date(at) : at
  return Number.isNaN(date.getTime()) ? String(at) : date.toISOString().slice(0, 16).replace("T", " ")
}

const isEmptyName = (namespace: string): boolean => namespace === "" || namespace === "__default__"

export const namespaceName = (namespace: string): string => isEmptyName(namespace) ? "(default)" : namespace

/** Copies a text, and says so. */
export const Copy = ({ label, text }: { readonly label: string; readonly text: string }) => {
  const [said, setSaid] = useState<string | undefined>(undefined)
  useEffect(() => {
    if (said === undefined) return
    const timer = setTimeout(() => setSaid(undefined), 2_000)
    return () => clearTimeout(timer)
  }, [said])
  const copy = () => {
    const copied = navigator.clipboard?.writeText(text) ?? Promise.reject()
    copied.then(() => setSaid("Copied"), () => setSaid("The browser does not allow it"))
  }
  return (
    <button type="button" class="small" onClick={copy}>
      <span aria-live="polite">{said ?? label}</span>
    </button>
  )
}

/** Bars of a sparkline: more numbers are averaged, a bar for each group. */
const mostBars = 64

const barsOf = (vector: Float32Array): ReadonlyArray<number> => {
  const count = Math.min(mostBars, vector.length)
  return Array.from({ length: count }, (_, bar) => {
    const from = Math.floor(bar * vector.length / count)
    const to = Math.max(from + 1, Math.floor((bar + 1) * vector.length / count))
    let most = 0
    for (let i = from; i < to; i++) if (Math.abs(vector[i]!) > Math.abs(most)) most = vector[i]!
    return most
  })
}

const shownNumber = (value: number): string => String(Number(value.toPrecision(3)))

/** A vector as bars up and down, with its numbers in words. */
export const Sparkline = ({ sparse, vector }: {
  readonly vector: Float32Array | undefined
  readonly sparse?: SparseVector | undefined
}) => {
  if (vector === undefined) {
    return <span class="muted">{sparse === undefined ? "–" : `sparse, ${number(sparse.indices.length)} values`}</span>
  }
  const bars = barsOf(vector)
  const top = bars.reduce((most, bar) => Math.max(most, Math.abs(bar)), 0) || 1
  const path = bars.map((bar, i) => `M${i + 0.5} 10V${(10 - bar / top * 9.5).toFixed(2)}`).join("")
  const first = Array.from(vector.subarray(0, 3), shownNumber).join(", ")
  return (
    <svg
      class="sparkline"
      role="img"
      aria-label={`${number(vector.length)} numbers: ${first}${vector.length > 3 ? ", …" : ""}`}
      viewBox={`0 0 ${bars.length} 20`}
      preserveAspectRatio="none"
    >
      <path d={path} />
    </svg>
  )
}

/** Names of fields, and what a query string excludes, are not looked for. */
const wordsOf = (query: string): ReadonlyArray<string> =>
  Array.from(
    new Set(query.replace(/\b\w+:|(?:\bNOT\s+|(?<=^|[\s(])-)\S+/g, " ").toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [])
  )
    .filter((word) => word.length > 1 && !/^(and|or|not)$/.test(word))

/** Words of fewer letters are marked as they are: many others begin like them. */
const fewLetters = 4

/** A word, and words that begin like it: the index may have found those by their stems. */
const patternOf = (word: string): string => word.length < fewLetters ? word : `${word}[\\p{L}\\p{N}]{0,3}`

/** A text with the words of a query marked. */
export const Marked = ({ query, text }: { readonly text: string; readonly query: string }) => {
  const words = wordsOf(query)
  if (words.length === 0) return <>{text}</>
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}])(${words.map(patternOf).join("|")})(?![\\p{L}\\p{N}])`, "giu")
  return <>{text.split(pattern).map((part, i) => i % 2 === 1 ? <mark key={i}>{part}</mark> : part)}</>
}

const shownValue = (value: unknown): string =>
  typeof value === "string"
    ? value
    : Array.isArray(value)
    ? value.join(", ")
    : typeof value === "object" && value !== null
    ? JSON.stringify(value)
    : String(value)

/** The fields of a row in a line. */
export const Summary = ({ query = "", row }: { readonly row: Row; readonly query?: string | undefined }) => (
  <span class="summary">
    {Object.entries(row.fields).slice(0, 6).map(([name, value]) => (
      <span key={name} class="field">
        <span class="name">{name}</span> <Marked text={shownValue(value).slice(0, 160)} query={query} />
      </span>
    ))}
    {Object.keys(row.fields).length === 0 ? <span class="muted">no metadata</span> : null}
  </span>
)

/** The fields of a row as a table. */
export const Fields = ({ query = "", row }: { readonly row: Row; readonly query?: string | undefined }) => {
  const fields = Object.entries(row.fields)
  return fields.length === 0 ? <p class="muted">It has no metadata.</p> : (
    <table class="fields">
      <caption class="hidden">Metadata of {row.id}</caption>
      <thead>
        <tr>
          <th scope="col">Field</th>
          <th scope="col">Type</th>
          <th scope="col">Value</th>
        </tr>
      </thead>
      <tbody>
        {fields.map(([name, value]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td class="muted">{Array.isArray(value) ? "list" : typeof value === "object" ? "JSON" : typeof value}</td>
            <td class="value">
              <Marked text={shownValue(value)} query={query} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** The numbers of a vector in words. */
export const VectorFacts = ({ vector }: { readonly vector: Float32Array }) => {
  let [least, most, squares] = [Infinity, -Infinity, 0]
  for (const value of vector) {
    least = Math.min(least, value)
    most = Math.max(most, value)
    squares += value * value
  }
  return (
    <p class="facts">
      <span>{number(vector.length)} numbers</span>
      <span>length {shownNumber(Math.sqrt(squares))}</span>
      <span>from {shownNumber(least)} to {shownNumber(most)}</span>
      <Copy label="Copy vector" text={`[${Array.from(vector, (value) => Number(value.toPrecision(9))).join(", ")}]`} />
    </p>
  )
}

export const NamespaceSelect = ({ namespaces, onChange, value }: {
  readonly namespaces: ReadonlyArray<{ readonly name: string; readonly count: number | undefined }>
  readonly value: string
  readonly onChange: (namespace: string) => void
}) => (
  <label>
    Namespace
    <select value={value} onChange={({ currentTarget }) => onChange(currentTarget.value)}>
      {namespaces.some(({ name }) => name === value)
        ? null
        : <option value={value}>{namespaceName(value)} (no records)</option>}
      {namespaces.map(({ count, name }) => (
        <option key={name} value={name}>{namespaceName(name)}{count === undefined ? "" : ` (${number(count)})`}</option>
      ))}
    </select>
  </label>
)

/** A heading that has the focus when its view appears, so that a screen reader reads on from there. */
export const Heading = ({ children }: { readonly children: ComponentChildren }) => {
  const ref = useRef<HTMLHeadingElement>(null)
  useEffect(() => ref.current?.focus({ preventScroll: true }), [])
  return <h1 ref={ref} tabIndex={-1}>{children}</h1>
}

export const Progress = ({ label, percent }: { readonly label: string; readonly percent: number }) => (
  <span class="progress">
    <progress max={100} value={percent} aria-label={label} /> {Math.round(percent)} %
  </span>
)

export const Badge = ({ state }: { readonly state: string }) => (
  <span class={`badge ${/^(Ready|Completed|enabled)$/.test(state) ? "good" : /Fail|Cancel/.test(state) ? "bad" : ""}`}>
    {state}
  </span>
)
