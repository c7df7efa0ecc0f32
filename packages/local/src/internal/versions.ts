import * as problem from "./problem.js"
import type { Plane } from "./respond.js"

/** The header that says which version of the API a request is written for, and an answer is. */
export const header = "x-pinecone-api-version"

/** The version of a request that names none. */
export const unnamed = "2026-04"

/** The newest version. */
export const latest = "2026-07"

/** The versions that are served, each as its definition says. */
export const served: ReadonlyArray<string> = [
  "2024-07",
  "2024-10",
  "2025-01",
  "2025-04",
  "2025-10",
  "2026-04",
  latest
]

type Headers = { readonly [name: string]: string | undefined }

/** The version that a request names. Of a header that was sent twice, which comes as "a, b", the first counts. */
const named = (headers: Headers): string | undefined => headers[header]?.split(",")[0]!.trim()

/** The version that a request is of, once it is let in. */
export const of = (headers: Headers): string => named(headers) ?? unnamed

/** Why a version is refused: a client shows it, and does not try again. */
export const refusal = (headers: Headers): problem.Problem | undefined => {
  const version = named(headers)
  return version === undefined || served.includes(version)
    ? undefined
    : problem.badRequest(
      `The embedded server does not serve the version ${JSON.stringify(version.slice(0, 50))} of the API: ` +
        `send one of ${served.join(", ")} as X-Pinecone-Api-Version.`
    )
}

/** The requests that came with a later version than the first, by the plane, the method and the path. */
const additions: ReadonlyArray<readonly [since: string, plane: Plane, request: RegExp]> = [
  ["2024-10", "inference", /^POST \/rerank$/],
  ["2025-01", "control", /^POST \/indexes\/create-for-model$/],
  ["2025-04", "control", /^[A-Z]+ \/(indexes\/[^/]+\/backups|backups|restore-jobs)(\/|$)/],
  ["2025-04", "inference", /^GET \/models(\/|$)/],
  [
    "2026-07",
    "control",
    /^[A-Z]+ \/(indexes\/[^/]+\/(backup-schedules|convert)|backup-schedules|conversion-jobs)(\/|$)/
  ],
  ["2026-04", "control", /^[A-Z]+ \/admin\/(service-accounts|users|invites|role-bindings)(\/|$)/],
  ["2026-07", "records", /^[A-Z]+ \/namespaces\/[^/]+\/documents(\/|$)/]
]

const aliases = /^[A-Z]+ \/namespace-aliases(\/|$)/

/** Why a version of the API has no aliases of namespaces, which is told in another way than of the rest. */
export const aliasesLacking = (version: string): problem.Problem | undefined =>
  version >= "2026-07" ? undefined : problem.because(
    problem.badRequest(`Aliases of namespaces need API version 2026-07 or later, and the request is of ${version}.`),
    "API_VERSION_TOO_OLD"
  )

/** Why there is no such request in a version of the API. */
export const lacking = (version: string, plane: Plane, method: string, url: string): problem.Problem | undefined => {
  const request = `${method} ${url.split("?")[0]!}`
  if (plane === "data" && aliases.test(request)) return aliasesLacking(version)
  return additions.some(([since, of, what]) => version < since && of === plane && what.test(request))
    ? problem.notFound(`There is no ${request} in version ${version} of the API.`)
    : undefined
}
