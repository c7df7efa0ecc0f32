/** An index: its tabs, and what they share. */
import * as IndexAt from "effect-pinecone/IndexAt"
import * as Namespaces from "effect-pinecone/Namespaces"
import * as Effect from "effect/Effect"
import type { ComponentType } from "preact"
import { open } from "./open.js"
import { Heading } from "./parts.js"
import type { Place } from "./place.js"
import type { Route, View } from "./route.js"
import { to, views } from "./route.js"
import { hostOf, part, shown } from "./sdk.js"
import { Await, useApp, useCall } from "./state.js"

export interface NamespaceCount {
  readonly name: string
  readonly count: number | undefined
}

/** What every view of an index gets. */
export interface IndexProps {
  readonly place: Place
  readonly namespaces: ReadonlyArray<NamespaceCount>
  readonly params: { readonly [name: string]: string }
}

const titles: { readonly [V in View]: string } = {
  namespaces: "Namespaces",
  browse: "Browse",
  search: "Search",
  map: "Map",
  jobs: "Imports and backups"
}

/** The namespaces of an index and how many records they have, the largest first. */
const counts = (name: string) =>
  Effect.flatMap(IndexAt.make({ host: hostOf(name) }), (at) => Namespaces.make(at).describeIndexStats()).pipe(
    Effect.map(({ namespaces = {} }) =>
      Object.entries(namespaces)
        .map(([name, { vectorCount }]): NamespaceCount => ({ name, count: vectorCount }))
        .sort((a, b) => (b.count ?? 0) - (a.count ?? 0) || a.name.localeCompare(b.name))
    )
  )

const codeOf = (name: string) =>
  `const indexes = yield* Indexes.Indexes
const model = yield* indexes.describe(${JSON.stringify(name)})
const index = yield* VectorIndex.make({ name: ${JSON.stringify(name)} })
const { namespaces, totalVectorCount } = yield* index.describeIndexStats()`

/** The views, each a part of the page that is loaded when it is opened. */
const parts: { readonly [V in View]: () => Promise<ComponentType<IndexProps>> } = {
  namespaces: () => import("./namespaces.js").then(({ NamespacesView }) => NamespacesView),
  browse: () => import("./browse.js").then(({ BrowseView }) => BrowseView),
  search: () => import("./search.js").then(({ SearchView }) => SearchView),
  map: () => import("./map.js").then(({ MapView }) => MapView),
  jobs: () => import("./jobs.js").then(({ JobsView }) => JobsView)
}

const Loaded = ({ props, view }: { readonly view: View; readonly props: IndexProps }) => {
  const state = useCall(() => part(parts[view]), [])
  return <Await state={state} what="the view">{(Shown) => <Shown {...props} />}</Await>
}

export const IndexView = ({ name, params, view }: Extract<Route, { readonly _tag: "Index" }>) => {
  const state = useCall(
    () => shown(`Open ${name}`, codeOf(name), Effect.all([open(name), counts(name)], { concurrency: 2 })),
    [name]
  )
  const { hosts } = useApp()
  if (state._tag === "Done") hosts.set(name, state.value[0].model.host)
  return (
    <>
      <nav aria-label="Breadcrumb" class="crumbs">
        <a href="#/">Indexes</a> <span aria-hidden="true">/</span> <span aria-current="page">{name}</span>
      </nav>
      <Heading key={`${name}/${view}`}>
        {name} <span class="muted">{titles[view]}</span>
      </Heading>
      <nav aria-label={`Views of ${name}`} class="tabs">
        {views.map((each) => (
          <a key={each} href={to(name, each, { ns: params["ns"] })} aria-current={each === view ? "page" : undefined}>
            {titles[each]}
          </a>
        ))}
      </nav>
      <Await state={state} what={name}>
        {([place, namespaces]) => <Loaded key={`${name}/${view}`} view={view} props={{ place, namespaces, params }} />}
      </Await>
    </>
  )
}
