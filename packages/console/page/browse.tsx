/** The records of a namespace, page by page. */
import { useState } from "preact/hooks"
import type { IndexProps } from "./index.js"
import { Fields, NamespaceSelect, number, Sparkline, Summary, VectorFacts } from "./parts.js"
import type { Place, Row } from "./place.js"
import { rowsWithin } from "./place.js"
import { to } from "./route.js"
import { guessedFieldBytes, namespaceOf } from "./rows.js"
import { shown } from "./sdk.js"
import type { State } from "./state.js"
import { Await, Failure, useApp, useCall, useRun } from "./state.js"

const mostRows = 20

/** Deleting a record takes two steps. */
const Delete = ({ namespace, onDeleted, place, row: { id } }: {
  readonly place: Place
  readonly namespace: string
  readonly row: Row
  readonly onDeleted: () => void
}) => {
  const run = useRun()
  const [asked, setAsked] = useState(false)
  const [state, setState] = useState<State<void>>({ _tag: "Idle" })
  const remove = () => {
    const { code, effect } = place.remove(namespace, id)
    setState({ _tag: "Loading", before: undefined })
    run(shown(`Delete ${id}`, code, effect), (outcome) => outcome._tag === "Done" ? onDeleted() : setState(outcome))
  }
  return (
    <p>
      {asked
        ? (
          <>
            Delete {id} for good?{" "}
            <button type="button" class="danger" disabled={state._tag === "Loading"} onClick={remove}>
              Yes, delete
            </button>{" "}
            <button type="button" onClick={() => setAsked(false)}>No</button>
          </>
        )
        : <button type="button" onClick={() => setAsked(true)}>Delete…</button>}
      {state._tag === "Failed" ? <Failure problem={state.problem} /> : null}
    </p>
  )
}

/** A row of the table, and what is below it once it is opened. */
const Entry = ({ namespace, onDeleted, place, row }: {
  readonly place: Place
  readonly namespace: string
  readonly row: Row
  readonly onDeleted: () => void
}) => {
  const { sdk: { settings } } = useApp()
  const [open, setOpen] = useState(false)
  const canSearch = place.hasExamples && row.vector !== undefined
  return (
    <>
      <tr>
        <th scope="row">
          <button type="button" class="link" aria-expanded={open} onClick={() => setOpen(!open)}>{row.id}</button>
        </th>
        <td>
          <Sparkline vector={row.vector} sparse={row.sparse} />
        </td>
        <td>
          <Summary row={row} />
        </td>
      </tr>
      {open
        ? (
          <tr class="detail">
            <td colSpan={3}>
              <Fields row={row} />
              {row.vector === undefined ? null : <VectorFacts vector={row.vector} />}
              {canSearch
                ? (
                  <p>
                    <a href={to(place.model.name, "search", { ns: namespace, id: row.id })}>Search for similar</a>
                  </p>
                )
                : null}
              {settings.allowWrites
                ? <Delete place={place} namespace={namespace} row={row} onDeleted={onDeleted} />
                : null}
            </td>
          </tr>
        )
        : null}
    </>
  )
}

/** One page of a namespace. `before` are the tokens of the pages before it. */
const Rows = ({ namespace, place, prefix }: {
  readonly place: Place
  readonly namespace: string
  readonly prefix: string
}) => {
  const [tokens, setTokens] = useState<ReadonlyArray<string | undefined>>([undefined])
  const [changes, setChanges] = useState(0)
  const token = tokens.at(-1)
  const limit = rowsWithin(place.model.dimension ?? 0, guessedFieldBytes, mostRows)
  const state = useCall(() => {
    const { code, effect } = place.page({ namespace, prefix: prefix === "" ? undefined : prefix, token, limit })
    return shown(`Read a page of ${place.noun}s`, code, effect)
  }, [token, changes])
  return (
    <Await state={state} what={`${place.noun}s`}>
      {({ next, rows }) => (
        <>
          <p role="status" class={rows.length === 0 ? "empty" : "muted"}>
            {rows.length === 0
              ? prefix === ""
                ? `This namespace has no ${place.noun}s.`
                : `No id begins with "${prefix}".`
              : `Page ${number(tokens.length)}: ${rows.length} ${place.noun}${rows.length === 1 ? "" : "s"}`}
          </p>
          {rows.length === 0 ? null : (
            <div class="wide">
              <table class="records">
                <caption class="hidden">Page {tokens.length} of the {place.noun}s</caption>
                <thead>
                  <tr>
                    <th scope="col">Id</th>
                    <th scope="col">Vector</th>
                    <th scope="col">{place.noun === "record" ? "Metadata" : "Fields"}</th>
                  </tr>
                </thead>
                <tbody>
                  {rows.map((row) => (
                    <Entry
                      key={row.id}
                      place={place}
                      namespace={namespace}
                      row={row}
                      onDeleted={() => setChanges(changes + 1)}
                    />
                  ))}
                </tbody>
              </table>
            </div>
          )}
          {rows.length === 0 && tokens.length === 1 && next === undefined ?
            null :
            (
              <nav aria-label="Pages" class="pager">
                <button type="button" disabled={tokens.length === 1} onClick={() => setTokens(tokens.slice(0, -1))}>
                  Previous
                </button>
                <button type="button" disabled={next === undefined} onClick={() => setTokens([...tokens, next])}>
                  Next
                </button>
              </nav>
            )}
        </>
      )}
    </Await>
  )
}

export const BrowseView = ({ namespaces, params, place }: IndexProps) => {
  const namespace = namespaceOf({ namespaces, params })
  const [prefix, setPrefix] = useState("")
  const [typed, setTyped] = useState("")
  return (
    <>
      <form
        class="bar"
        onSubmit={(event) => {
          event.preventDefault()
          setPrefix(typed)
        }}
      >
        <NamespaceSelect
          namespaces={namespaces}
          value={namespace}
          onChange={(ns) => location.hash = to(place.model.name, "browse", { ns })}
        />
        <label>
          Ids that begin with
          <input value={typed} onInput={({ currentTarget }) => setTyped(currentTarget.value)} autocomplete="off" />
        </label>
        <button type="submit">Show</button>
      </form>
      <Rows key={`${namespace}/${prefix}`} place={place} namespace={namespace} prefix={prefix} />
    </>
  )
}
