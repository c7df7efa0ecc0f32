/** What the page has sent: as code of the SDK, and as commands. */
import { useEffect, useState } from "preact/hooks"
import * as code from "./code.js"
import { Copy } from "./parts.js"
import type { Call, Sent } from "./sdk.js"
import { history } from "./sdk.js"
import { useApp } from "./state.js"

/** The version that the SDK of the page sends. */
const version = "2026-07"

/** A long text takes long to show: all of it is copied. */
const mostShown = 4_000

const Block = ({ label, text }: { readonly label: string; readonly text: string }) => (
  <figure class="code">
    <figcaption>
      {label} <Copy label={`Copy ${label}`} text={text} />
    </figcaption>
    <pre tabIndex={0}><code>{text.length > mostShown ? `${text.slice(0, mostShown)}…` : text}</code></pre>
  </figure>
)

const Curl = ({ sent }: { readonly sent: Sent }) => {
  const { hosts, sdk: { settings: { target } } } = useApp()
  const host = sent.index === undefined ? target : hosts.get(sent.index) ?? `INDEX_HOST_OF_${sent.index}`
  return <Block label="curl" text={code.curl(sent, host, version)} />
}

const Shown = ({ call }: { readonly call: Call }) => (
  <details>
    <summary>
      <span class="muted">{call.at.toTimeString().slice(0, 8)}</span> {call.title}
    </summary>
    <Block label="SDK" text={code.program(call)} />
    {call.sent.map((sent, i) => <Curl key={i} sent={sent} />)}
    {call.more === 0 ? null : <p class="muted">And {call.more} more requests like these.</p>}
  </details>
)

export const Requests = () => {
  const [calls, setCalls] = useState(history.current)
  const [isOpen, setOpen] = useState(false)
  useEffect(() => history.watch(() => setCalls(history.current())), [])
  return (
    <section aria-label="Requests" class="requests">
      <details open={isOpen} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
        <summary>Requests, as code and as curl ({calls.length})</summary>
        {isOpen ? calls.map((call) => <Shown key={call.id} call={call} />) : null}
      </details>
    </section>
  )
}
