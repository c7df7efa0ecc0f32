/** The page: its frame, the key where one is needed, and the view that its address names. */
import * as Effect from "effect/Effect"
import { render } from "preact"
import { useEffect, useMemo, useState } from "preact/hooks"
import { IndexView } from "./index.js"
import { IndexesView } from "./indexes.js"
import { Heading } from "./parts.js"
import { Requests } from "./requests.js"
import type { Route } from "./route.js"
import { parse } from "./route.js"
import * as Sdk from "./sdk.js"
import type { Settings } from "./settings.js"
import { load } from "./settings.js"
import { AppContext } from "./state.js"

const useRoute = (): Route => {
  const [hash, setHash] = useState(location.hash)
  useEffect(() => {
    const changed = () => setHash(location.hash)
    addEventListener("hashchange", changed)
    // It may have changed since it was first read: effects run after the page is drawn.
    changed()
    return () => removeEventListener("hashchange", changed)
  }, [])
  return parse(hash)
}

const View = () => {
  const route = useRoute()
  useEffect(() => {
    document.title = route._tag === "Index" ? `${route.name} – Pinecone console` : "Pinecone console"
  })
  switch (route._tag) {
    case "Indexes":
      return <IndexesView />
    case "Index":
      return <IndexView key={route.name} {...route} />
    case "Unknown":
      return (
        <>
          <Heading>There is no such page</Heading>
          <p>
            Go to the <a href="#/">indexes</a>.
          </p>
        </>
      )
  }
}

/** The key stays in the memory of the page: it is gone when the page is closed or reloaded. */
const KeyForm = ({ isRefused, onKey }: {
  readonly isRefused: boolean
  readonly onKey: (key: string) => void
}) => {
  const [key, setKey] = useState("")
  return (
    <form
      class="key"
      onSubmit={(event) => {
        event.preventDefault()
        if (key.trim() !== "") onKey(key.trim())
      }}
    >
      <Heading>API key</Heading>
      {isRefused ? <p role="alert" class="problem">The server does not accept this key. Type another one.</p> : null}
      <p>
        This server needs an API key. The page keeps it in memory until you close or reload it, and stores it nowhere.
      </p>
      <label>
        Key
        <input
          type="password"
          autocomplete="off"
          value={key}
          onInput={({ currentTarget }) => setKey(currentTarget.value)}
        />
      </label>
      <button type="submit" class="main">Open</button>
    </form>
  )
}

const Frame = ({ settings }: { readonly settings: Settings }) => {
  const [key, setKey] = useState<string | undefined>(undefined)
  const [isRefused, setRefused] = useState(false)
  const sdk = useMemo(() => Sdk.make(settings, key), [settings, key])
  useEffect(() => () => {
    Effect.runFork(sdk.runtime.disposeEffect)
  }, [sdk])
  const app = useMemo(() => ({
    sdk,
    hosts: new Map<string, string>(),
    refused: () => {
      setRefused(true)
      setKey(undefined)
    }
  }), [sdk])
  return (
    <>
      <a
        class="skip"
        href="#main"
        onClick={(event) => {
          event.preventDefault()
          document.querySelector("main")?.focus()
        }}
      >
        Skip to the content
      </a>
      <header class="top">
        <a class="brand" href="#/">Pinecone console</a>
        <span class="target">{settings.target}</span>
        <span class="mode">{settings.allowWrites ? "Can write" : "Read-only"}</span>
        {settings.needsKey && key !== undefined
          ? <button type="button" class="small" onClick={() => setKey(undefined)}>Forget key</button>
          : null}
      </header>
      <AppContext.Provider value={app}>
        <main id="main" tabIndex={-1}>
          {settings.needsKey && key === undefined
            ? (
              <KeyForm
                isRefused={isRefused}
                onKey={(key) => {
                  setRefused(false)
                  setKey(key)
                }}
              />
            )
            : <View />}
        </main>
        <Requests />
      </AppContext.Provider>
    </>
  )
}

const root = document.getElementById("app")

if (root !== null) {
  Effect.runFork(Effect.match(load, {
    onFailure: (message) =>
      render(
        <main>
          <p role="alert" class="problem">{message}</p>
        </main>,
        root
      ),
    onSuccess: (settings) => render(<Frame settings={settings} />, root)
  }))
}
