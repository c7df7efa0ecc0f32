/** Searching a namespace, with two searches side by side where that is wanted. */
import * as Effect from "effect/Effect"
import { useEffect, useId, useMemo, useState } from "preact/hooks"
import type { Condition, Known } from "./filters.js"
import * as filters from "./filters.js"
import type { IndexProps } from "./index.js"
import { Fields, NamespaceSelect, number, Summary } from "./parts.js"
import type { Hit, Place, Search, Way } from "./place.js"
import { problem } from "./place.js"
import { to } from "./route.js"
import { firstRows, namespaceOf } from "./rows.js"
import { shown } from "./sdk.js"
import type { State } from "./state.js"
import { Await, useCall, useRun } from "./state.js"

/** Conditions with the names and values that some records of the namespace have. */
const Conditions = ({ conditions, known, onChange }: {
  readonly conditions: ReadonlyArray<Condition>
  readonly known: Known
  readonly onChange: (conditions: ReadonlyArray<Condition>) => void
}) => {
  const id = useId()
  const change = (i: number, part: Partial<Condition>) =>
    onChange(conditions.map((condition, j) => i === j ? { ...condition, ...part } : condition))
  return (
    <fieldset class="conditions">
      <legend>Filter</legend>
      <datalist id={`${id}-fields`}>{Array.from(known.keys(), (name) => <option key={name} value={name} />)}</datalist>
      {conditions.map((condition, i) => (
        <div key={i} class="condition" role="group" aria-label={`Condition ${i + 1}`}>
          <input
            aria-label="Field"
            placeholder="field"
            list={`${id}-fields`}
            value={condition.field}
            autocomplete="off"
            onInput={({ currentTarget }) => change(i, { field: currentTarget.value })}
          />
          <select
            aria-label="Comparison"
            value={condition.operator}
            onChange={({ currentTarget }) => change(i, { operator: currentTarget.value as filters.Operator })}
          >
            {Object.entries(filters.operators).map(([name, label]) => <option key={name} value={name}>{label}</option>)}
          </select>
          {condition.operator === "exists" ? null : (
            <>
              <input
                aria-label="Value"
                placeholder={/^n?in$/.test(condition.operator) ? "a, b, c" : "value"}
                list={`${id}-values-${i}`}
                value={condition.value}
                autocomplete="off"
                onInput={({ currentTarget }) => change(i, { value: currentTarget.value })}
              />
              <datalist id={`${id}-values-${i}`}>
                {(known.get(condition.field) ?? []).map((value) => <option key={value} value={value} />)}
              </datalist>
            </>
          )}
          <button
            type="button"
            class="small"
            aria-label={`Remove condition ${i + 1}`}
            onClick={() => onChange(conditions.filter((_, j) => i !== j))}
          >
            ×
          </button>
        </div>
      ))}
      <button type="button" class="small" onClick={() => onChange([...conditions, filters.empty])}>
        Add condition
      </button>
    </fieldset>
  )
}

interface Found {
  readonly hits: ReadonlyArray<Hit>
  readonly search: Search
}

const Result = ({ best, hit, least, place, rank, search }: {
  readonly hit: Hit
  readonly rank: number
  readonly best: number
  readonly least: number
  readonly place: Place
  readonly search: Search
}) => {
  const [open, setOpen] = useState(false)
  const { input, namespace, way } = search
  const query = way.input === "text" || way.input === "query" ? input : ""
  const share = hit.score === null || best === least ? 1 : (hit.score - least) / (best - least)
  return (
    <li>
      <div class="hit">
        <span class="rank" aria-hidden="true">{rank}</span>
        <button type="button" class="link" aria-expanded={open} onClick={() => setOpen(!open)}>{hit.id}</button>
        <span class="score">
          <span class="hidden">score</span>
          {hit.score === null ? "–" : hit.score.toFixed(4)}
          <meter max={1} value={share} aria-hidden="true" />
        </span>
      </div>
      {open ? <Fields row={hit} query={query} /> : <Summary row={hit} query={query} />}
      {open && place.hasExamples
        ? (
          <p>
            <a href={to(place.model.name, "search", { ns: namespace, id: hit.id })}>Search for similar</a>
          </p>
        )
        : null}
    </li>
  )
}

const Results = ({ found: { hits, search }, place }: { readonly found: Found; readonly place: Place }) => {
  const scores = hits.flatMap(({ score }) => score === null ? [] : [score])
  const nearest = place.model.metric === "euclidean" ? Math.min : Math.max
  const best = nearest(...scores)
  const least = place.model.metric === "euclidean" ? Math.max(...scores) : Math.min(0, ...scores)
  return hits.length === 0
    ? <p class="empty">No {place.noun} matches. Try fewer conditions, or other words.</p>
    : (
      <ol class="hits">
        {hits.map((hit, i) => (
          <Result
            key={`${i}/${hit.id}`}
            hit={hit}
            rank={i + 1}
            best={best}
            least={least}
            place={place}
            search={search}
          />
        ))}
      </ol>
    )
}

const placeholders: { readonly [I in Way["input"]]: string } = {
  text: "What to search for",
  id: "The id of a record",
  vector: "0.12, -0.5, 0.33, …",
  query: "title:(deploy AND \"cloud foundry\")"
}

/** A search and its results; `other` is the number of the search where there are two. */
const Panel = ({ namespaces, params, place, title, ways }: IndexProps & {
  /** The name of the search, where there are two. */
  readonly title?: string | undefined
  readonly ways: ReadonlyArray<Way>
}) => {
  const run = useRun()
  const from = params["id"]
  const [key, setKey] = useState((from === undefined ? ways[0] : ways.find(({ input }) => input === "id"))?.key)
  const [namespace, setNamespace] = useState(namespaceOf({ namespaces, params }))
  const [input, setInput] = useState(from ?? "")
  const [topK, setTopK] = useState("10")
  const [conditions, setConditions] = useState<ReadonlyArray<Condition>>([])
  const [state, setState] = useState<State<Found>>({ _tag: "Idle" })
  const [stop, setStop] = useState<() => void>(() => () => {})
  const samples = useCall(() => firstRows(place, namespace), [namespace])
  const known = useMemo(() => filters.knownOf(samples._tag === "Done" ? samples.value : []), [samples])
  const way = ways.find((way) => way.key === key)

  const search = () => {
    stop()
    if (way === undefined) return
    const wanted = Number(topK)
    const asked: Search = {
      way,
      input,
      namespace,
      topK: wanted,
      fields: filters.schemasOf(samples._tag === "Done" ? samples.value : []),
      filter: filters.filterOf(conditions),
      filterCode: filters.codeOf(conditions)
    }
    setState({ _tag: "Loading", before: undefined })
    if (input.trim() === "") {
      return setState({ _tag: "Failed", problem: problem("Type what to search for.") })
    }
    if (!Number.isInteger(wanted) || wanted < 1 || wanted > 200) {
      return setState({ _tag: "Failed", problem: problem(`Results must be a number from 1 to 200, got ${topK}.`) })
    }
    const { code, effect } = place.search(asked)
    setStop(() =>
      run(shown(`Search by ${way.label}`, code, Effect.map(effect, (hits) => ({ hits, search: asked }))), setState)
    )
  }

  // A link leads to the results at once.
  useEffect(() => {
    if (from !== undefined) search()
  }, [])

  if (way === undefined) {
    return <p class="empty">This index has no vectors and no text fields that could be searched.</p>
  }
  return (
    <section class="panel" aria-label={title ?? "Search"}>
      {title === undefined ? null : <h2>{title}</h2>}
      <form
        onSubmit={(event) => {
          event.preventDefault()
          search()
        }}
      >
        <div class="bar">
          <NamespaceSelect namespaces={namespaces} value={namespace} onChange={setNamespace} />
          <label>
            Search by
            <select value={key} onChange={({ currentTarget }) => setKey(currentTarget.value)}>
              {ways.map(({ key, label }) => <option key={key} value={key}>{label}</option>)}
            </select>
          </label>
          <label class="narrow">
            Results
            <input
              type="number"
              min={1}
              max={200}
              value={topK}
              onInput={({ currentTarget }) => setTopK(currentTarget.value)}
            />
          </label>
        </div>
        <div class="bar">
          <label class="grow">
            {way.input === "id" ? "Id" : way.input === "vector" ? "Vector" : way.input === "query" ? "Query" : "Text"}
            {way.input === "vector"
              ? (
                <textarea
                  rows={3}
                  placeholder={placeholders.vector}
                  value={input}
                  onInput={({ currentTarget }) => setInput(currentTarget.value)}
                />
              )
              : (
                <input
                  type="search"
                  placeholder={placeholders[way.input]}
                  value={input}
                  autocomplete="off"
                  onInput={({ currentTarget }) => setInput(currentTarget.value)}
                />
              )}
          </label>
          <button type="submit" class="main">Search</button>
        </div>
        <Conditions conditions={conditions} known={known} onChange={setConditions} />
      </form>
      <p role="status" class="muted">
        {state._tag === "Done"
          ? `${number(state.value.hits.length)} result${state.value.hits.length === 1 ? "" : "s"}`
          : state._tag === "Loading"
          ? "Searching…"
          : ""}
      </p>
      {state._tag === "Loading" ?
        null :
        <Await state={state} what="results">{(found) => <Results found={found} place={place} />}</Await>}
    </section>
  )
}

export const SearchView = (props: IndexProps) => {
  const [isTwo, setTwo] = useState(false)
  const id = props.params["id"] ?? ""
  const state = useCall(() => props.place.ways, [])
  return (
    <Await state={state} what="what can be searched by">
      {(ways) => (
        <>
          <p>
            <label class="inline">
              <input type="checkbox" checked={isTwo} onChange={({ currentTarget }) => setTwo(currentTarget.checked)} />
              {" "}
              Two searches side by side
            </label>
          </p>
          <div class={isTwo ? "two" : ""}>
            <Panel key={`first/${id}`} {...props} ways={ways} title={isTwo ? "First search" : undefined} />
            {isTwo ? <Panel key={`second/${id}`} {...props} ways={ways} title="Second search" /> : null}
          </div>
        </>
      )}
    </Await>
  )
}
