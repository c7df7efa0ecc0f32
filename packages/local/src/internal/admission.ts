import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import type { Access } from "./access.js"
import { needed, permitted } from "./access.js"
import type { Admin } from "./admin.js"
import * as problem from "./problem.js"
import * as versions from "./versions.js"

/** How the server misbehaves, to try out an application. */
export interface Faults {
  readonly random: Random.Random
  readonly throttle: number
  readonly fail: number
  readonly latency: Duration.Duration
}

export interface AdmissionOptions {
  readonly apiKeys: ReadonlyArray<Redacted.Redacted>
  readonly faults: Faults | undefined
  /** The admin API, where the server has one: its keys are let in too, as far as their roles go, and no others. */
  readonly admin?: Admin | undefined
}

/**
 * Lets a request in by its headers, of HTTP or of gRPC, and by what it is about to do, and takes the time that the server is
 * told to take.
 */
export type Admission = (
  headers: { readonly [name: string]: string | undefined },
  access: () => Access
) => Effect.Effect<void, problem.Problem>

/** What holds for whoever is let in: the version of the API, and the faults. */
const conditions = ({ faults }: AdmissionOptions): Admission => {
  const misbehave: Effect.Effect<void, problem.Problem> = faults === undefined ? Effect.void : Effect.gen(function*() {
    const chance = yield* faults.random.next
    if (Duration.toMillis(faults.latency) > 0) yield* Effect.sleep(faults.latency)
    if (chance < faults.throttle) return yield* problem.throttled
    if (chance < faults.throttle + faults.fail) return yield* problem.unavailable
  })

  return (headers) => versions.refusal(headers) ?? misbehave
}

/** Why a key of the admin API is not let in. */
const refusal = (admin: Admin, value: string, access: Access): problem.Problem | undefined => {
  const found = admin.keyOf(value)
  if (found === undefined) return problem.unauthorized
  const { first, key, project } = found
  if (project.id !== first.id) {
    return problem.forbidden(
      `The API key "${key.name}" is of the project "${project.name}". ` +
        `The embedded server keeps the data of its first project alone, "${first.name}".`
    )
  }
  if (permitted(key.roles, access)) return undefined
  const own = key.roles.length === 0 ? "no roles" : `the roles ${key.roles.join(", ")}`
  return problem.forbidden(
    `The API key "${key.name}" has ${own}, and ${access.what} needs one of ${needed(access).join(", ")}.`
  )
}

/** What stands before everything else: the API key, the version of the API, and the faults. */
export const make = (options: AdmissionOptions): Admission => {
  const { admin } = options
  const keys = new Set(options.apiKeys.map(Redacted.value))
  const pass = conditions(options)
  return admin === undefined
    ? (headers, access) =>
      keys.size > 0 && !keys.has(headers["api-key"] ?? "") ? problem.unauthorized : pass(headers, access)
    : (headers, access) => {
      const key = headers["api-key"] ?? ""
      return (keys.has(key) ? undefined : refusal(admin, key, access())) ?? pass(headers, access)
    }
}

/** The bearer token of a request, or an empty text. */
export const bearer = (headers: { readonly [name: string]: string | undefined }): string =>
  /^Bearer +(.+)$/i.exec(headers["authorization"] ?? "")?.[1] ?? ""

/** The same, with the key as a bearer token. */
export const withBearer = (admit: Admission): Admission => (headers, access) =>
  admit({ ...headers, "api-key": bearer(headers) }, access)

/** What stands before the login host: it lets everyone in. */
export const makeLogin = (options: AdmissionOptions): Admission => conditions(options)

/** What stands before the admin API: an access token. */
export const makeAdmin = (options: AdmissionOptions, admin: Admin): Admission => {
  const pass = conditions(options)
  return (headers, access) =>
    Effect.flatMap(admin.isValid(bearer(headers)), (valid) => valid ? pass(headers, access) : problem.invalidToken)
}
