/** The indexes of the project. */
import * as IndexAt from "effect-pinecone/IndexAt"
import * as Indexes from "effect-pinecone/Indexes"
import type * as IndexModel from "effect-pinecone/IndexModel"
import * as Namespaces from "effect-pinecone/Namespaces"
import * as Effect from "effect/Effect"
import { Badge, Heading, number } from "./parts.js"
import { isDocuments, kindOf } from "./place.js"
import { to } from "./route.js"
import { hostOf, shown } from "./sdk.js"
import { Await, useApp, useCall } from "./state.js"

const list = Effect.flatMap(Indexes.Indexes, ({ list }) => list)

const code = `const indexes = yield* Indexes.Indexes
const all = yield* indexes.list`

const placeOf = ({ deployment }: IndexModel.IndexModel): string =>
  deployment === undefined
    ? "–"
    : "cloud" in deployment
    ? `${deployment.cloud} ${deployment.region}`
    : "environment" in deployment
    ? deployment.environment
    : "–"

/** How many records an index has, asked for by itself: the list is there before. */
const Count = ({ model: { name } }: { readonly model: IndexModel.IndexModel }) => {
  const state = useCall(
    () => Effect.flatMap(IndexAt.make({ host: hostOf(name) }), (at) => Namespaces.make(at).describeIndexStats()),
    [name]
  )
  return state._tag === "Done"
    ? <>{number(state.value.totalVectorCount)}</>
    : <span class="muted">{state._tag === "Failed" ? <abbr title={state.problem.message}>unknown</abbr> : "…"}</span>
}

export const IndexesView = () => {
  const state = useCall(() => shown("List the indexes", code, list), [])
  const { hosts } = useApp()
  if (state._tag === "Done") { for (const { host, name } of state.value) hosts.set(name, host) }
  return (
    <>
      <Heading>Indexes</Heading>
      <Await state={state} what="indexes">
        {(indexes) =>
          indexes.length === 0
            ? (
              <p class="empty">
                There are no indexes yet. Create one with the SDK:
                <code>indexes.create({"{"} name: "movies", dimension: 384 {"}"})</code>
              </p>
            )
            : (
              <div class="wide">
                <table>
                  <caption class="hidden">{indexes.length} indexes</caption>
                  <thead>
                    <tr>
                      <th scope="col">Name</th>
                      <th scope="col">Holds</th>
                      <th scope="col" class="right">Dimension</th>
                      <th scope="col">Metric</th>
                      <th scope="col" class="right">Records</th>
                      <th scope="col">Where</th>
                      <th scope="col">State</th>
                    </tr>
                  </thead>
                  <tbody>
                    {indexes.map((model) => (
                      <tr key={model.name}>
                        <th scope="row">
                          <a href={to(model.name, "namespaces")}>{model.name}</a>
                        </th>
                        <td>{kindOf(model)}</td>
                        <td class="right">{model.dimension === undefined ? "–" : number(model.dimension)}</td>
                        <td>{model.metric ?? (isDocuments(model) ? "words" : "–")}</td>
                        <td class="right">
                          <Count model={model} />
                        </td>
                        <td>{placeOf(model)}</td>
                        <td>
                          <Badge state={model.status.state} />
                        </td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </div>
            )}
      </Await>
    </>
  )
}
