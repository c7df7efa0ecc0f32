/** The namespaces of an index, and their numbers. */
import type { IndexProps } from "./index.js"
import { Badge, namespaceName, number } from "./parts.js"
import { kindOf } from "./place.js"
import { to } from "./route.js"

/** More are found by their names. */
const mostRows = 500

export const NamespacesView = ({ namespaces, place: { model } }: IndexProps) => {
  const total = namespaces.reduce((sum, { count = 0 }) => sum + count, 0)
  return (
    <>
      <dl class="facts">
        <div>
          <dt>Holds</dt>
          <dd>{kindOf(model)}</dd>
        </div>
        <div>
          <dt>Records</dt>
          <dd>{number(total)}</dd>
        </div>
        {model.dimension === undefined ? null : (
          <div>
            <dt>Dimension</dt>
            <dd>{number(model.dimension)}</dd>
          </div>
        )}
        {model.metric === undefined ? null : (
          <div>
            <dt>Metric</dt>
            <dd>{model.metric}</dd>
          </div>
        )}
        {model.embed === undefined ? null : (
          <div>
            <dt>Model</dt>
            <dd>{model.embed.model}</dd>
          </div>
        )}
        <div>
          <dt>State</dt>
          <dd>
            <Badge state={model.status.state} />
          </dd>
        </div>
        <div>
          <dt>Host</dt>
          <dd>
            <code>{model.host}</code>
          </dd>
        </div>
      </dl>
      {namespaces.length === 0
        ? <p class="empty">This index has no records yet. Write some, then reload the page.</p>
        : (
          <div class="wide">
            <table>
              <caption class="hidden">{namespaces.length} namespaces</caption>
              <thead>
                <tr>
                  <th scope="col">Namespace</th>
                  <th scope="col" class="right">Records</th>
                  <th scope="col">Share</th>
                  <th scope="col">
                    <span class="hidden">Open</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {namespaces.slice(0, mostRows).map(({ count = 0, name }) => (
                  <tr key={name}>
                    <th scope="row">
                      <a href={to(model.name, "browse", { ns: name })}>{namespaceName(name)}</a>
                    </th>
                    <td class="right">{number(count)}</td>
                    <td>
                      <meter max={1} value={total === 0 ? 0 : count / total}>
                        {total === 0 ? 0 : Math.round(count / total * 100)} %
                      </meter>
                    </td>
                    <td>
                      <a href={to(model.name, "search", { ns: name })}>Search</a>{" "}
                      <a href={to(model.name, "map", { ns: name })}>Map</a>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
            {namespaces.length > mostRows
              ? <p class="muted">The {number(mostRows)} largest of {number(namespaces.length)} namespaces.</p>
              : null}
          </div>
        )}
    </>
  )
}
