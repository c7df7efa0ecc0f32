import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as Effect from "effect/Effect"
import type { Admin, Caller } from "./admin.js"
import type { Right } from "./adminRights.js"
import * as adminRights from "./adminRights.js"
import { bearer } from "./admission.js"
import * as problem from "./problem.js"

type Request = HttpServerRequest.HttpServerRequest

/** What the running request may do, by the token that it carries. */
export interface Gate {
  readonly caller: Effect.Effect<Caller, problem.Problem, Request>
  /** Fails where it has not the right: in a project, where one is named. */
  readonly may: (right: Right, projectId?: string) => Effect.Effect<void, problem.Problem, Request>
  /** Fails where it may not have something to do with these roles. */
  readonly mayGive: (
    roles: ReadonlyArray<
      { readonly resourceType: string; readonly resourceId?: string | undefined; readonly role: string }
    >
  ) => Effect.Effect<void, problem.Problem, Request>
  /** Fails where it may not change a member of the organization, who may be an owner. */
  readonly mayChange: (type: string, id: string) => Effect.Effect<void, problem.Problem, Request>
}

export const make = (admin: Admin): Gate => {
  const caller = Effect.flatMap(HttpServerRequest.HttpServerRequest, ({ headers }) => admin.caller(bearer(headers)))

  const may: Gate["may"] = (right, projectId) =>
    Effect.gen(function*() {
      const { may, shown } = yield* caller
      if (may(right, projectId)) return
      const { method, url } = yield* HttpServerRequest.HttpServerRequest
      return yield* problem.forbidden(
        `The service account has ${shown}, and ${method} ${url.split("?")[0]!.slice(0, 200)} needs one of ` +
          `${adminRights.needed(right).join(", ")}${projectId === undefined ? "" : " there"}.`
      )
    })

  const mayGive: Gate["mayGive"] = (roles) =>
    Effect.forEach(roles, ({ resourceId, resourceType, role }) =>
      resourceType === "project" && resourceId !== undefined
        ? may("projectMembers", resourceId)
        : may(role === "OrgOwner" ? "owners" : "members"), { discard: true })

  return {
    caller,
    may,
    mayGive,
    mayChange: (type, id) =>
      Effect.gen(function*() {
        yield* may("members")
        const isOwned = (yield* admin.bindings).some(({ principalId, principalType, role }) =>
          principalType === type && principalId === id && role === "OrgOwner"
        )
        if (isOwned) yield* may("owners")
      })
  }
}
