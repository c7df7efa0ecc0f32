import { AdminApi } from "@effect-pinecone/http/AdminApi"
import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Admin } from "./admin.js"
import type { BindingDocument } from "./adminBindings.js"
import type { Gate } from "./adminGate.js"
import type { AccountDocument, InviteDocument } from "./adminMembers.js"
import { statusOf } from "./adminMembers.js"
import type { Asked } from "./adminPages.js"
import * as adminPages from "./adminPages.js"
import * as problem from "./problem.js"
import { answering } from "./respond.js"

const answer = answering("control")

const accountOf = ({ clientId, createdAt, id, name, updatedAt }: AccountDocument) => ({
  id,
  name,
  clientId,
  createdAt: new Date(createdAt),
  updatedAt: new Date(updatedAt)
})

const withSecret = ({ clientSecret, document }: Effect.Effect.Success<ReturnType<Admin["createAccount"]>>) => ({
  serviceAccount: accountOf(document),
  clientSecret
})

const inviteAt = (time: number) => (invite: InviteDocument) => ({
  id: invite.id,
  email: invite.email,
  status: statusOf(invite, time),
  expiresAt: new Date(invite.expiresAt),
  ...(invite.processedAt === undefined ? {} : { processedAt: new Date(invite.processedAt) }),
  createdAt: new Date(invite.createdAt)
})

const inviteOf = <E, R>(invite: Effect.Effect<InviteDocument, E, R>) =>
  Effect.zipWith(invite, Clock.currentTimeMillis, (invite, time) => inviteAt(time)(invite))

const bindingOf = (document: BindingDocument) => ({ ...document, createdAt: new Date(document.createdAt) })

/** A page as the API gives it. */
const pageOf = <A extends { readonly id: string }, B, E, R>(
  all: Effect.Effect<ReadonlyArray<A>, E, R>,
  shown: (entry: A) => B,
  asked: Asked,
  ...filters: ReadonlyArray<string | undefined>
): Effect.Effect<
  { readonly data: ReadonlyArray<B>; readonly pagination: { readonly next: string } | undefined },
  E | problem.Problem,
  R
> =>
  Effect.map(
    Effect.flatMap(all, (all) => adminPages.page(all, asked, ...filters)),
    ({ entries, pagination }) => ({ data: entries.map(shown), pagination })
  )

export const serviceAccounts = (admin: Admin, { may, mayChange, mayGive }: Gate) =>
  HttpApiBuilder.group(AdminApi, "serviceAccounts", (handlers) =>
    handlers
      .handle("list", ({ urlParams }) =>
        answer(Effect.andThen(may("members"), pageOf(admin.accounts, accountOf, urlParams, "service-accounts"))))
      .handle("create", ({ payload }) =>
        answer(
          Effect.all([may("members"), mayGive(payload.roleBindings ?? [])]).pipe(
            Effect.andThen(admin.createAccount(payload)),
            Effect.map(withSecret)
          )
        ))
      .handle("describe", ({ path }) =>
        answer(Effect.andThen(may("members"), Effect.map(admin.account(path.service_account_id), accountOf))))
      .handle("update", ({ path, payload }) =>
        answer(
          mayChange("service_account", path.service_account_id).pipe(
            Effect.andThen(admin.updateAccount(path.service_account_id, payload)),
            Effect.map(accountOf)
          )
        ))
      .handle("delete", ({ path }) =>
        answer(Effect.andThen(
          mayChange("service_account", path.service_account_id),
          admin.deleteAccount(path.service_account_id)
        )))
      .handle("rotateSecret", ({ path }) =>
        answer(
          mayChange("service_account", path.service_account_id).pipe(
            Effect.andThen(admin.rotateSecret(path.service_account_id)),
            Effect.map(withSecret)
          )
        )))

export const users = (admin: Admin, { may, mayChange }: Gate) =>
  HttpApiBuilder.group(AdminApi, "users", (handlers) =>
    handlers
      .handle("list", ({ urlParams }) => {
        const { email } = urlParams
        const found = pageOf(admin.users(email), (user) => user, urlParams, "users", email?.toLowerCase())
        return answer(Effect.andThen(may("members"), found))
      })
      .handle("describe", ({ path }) => answer(Effect.andThen(may("members"), admin.user(path.user_id))))
      .handle(
        "delete",
        ({ path }) => answer(Effect.andThen(mayChange("user", path.user_id), admin.deleteUser(path.user_id)))
      ))

export const invites = (admin: Admin, { may, mayChange, mayGive }: Gate) =>
  HttpApiBuilder.group(AdminApi, "invites", (handlers) =>
    handlers
      .handle("list", ({ urlParams }) =>
        answer(Effect.gen(function*() {
          yield* may("members")
          const time = yield* Clock.currentTimeMillis
          return yield* pageOf(admin.invites, inviteAt(time), urlParams, "invites")
        })))
      .handle("create", ({ payload }) =>
        answer(
          Effect.all([may("members"), mayGive(payload.roleBindings)]).pipe(
            Effect.andThen(inviteOf(admin.createInvite(payload)))
          )
        ))
      .handle("describe", ({ path }) => answer(Effect.andThen(may("members"), inviteOf(admin.invite(path.invite_id)))))
      .handle(
        "delete",
        ({ path }) => answer(Effect.andThen(mayChange("invite", path.invite_id), admin.deleteInvite(path.invite_id)))
      )
      .handle("resend", ({ path }) =>
        answer(Effect.andThen(
          mayChange("invite", path.invite_id),
          inviteOf(admin.resendInvite(path.invite_id))
        ))))

const needs = (field: string, other: string) => problem.badRequest(`${field} can be given with ${other} alone`)

export const roleBindings = (admin: Admin, { caller, may, mayGive }: Gate) =>
  HttpApiBuilder.group(AdminApi, "roleBindings", (handlers) => {
    /** Those that the caller may know of. */
    const known = Effect.gen(function*() {
      yield* may("projectMembers")
      const { may: has } = yield* caller
      return (yield* admin.bindings).filter(({ resourceId, resourceType }) =>
        resourceType === "project" ? has("projectMembers", resourceId) : has("members")
      )
    })

    const ofProject = ({ resourceId, resourceType }: BindingDocument) =>
      resourceType === "project" ? may("projectMembers", resourceId) : may("members")

    return handlers
      .handle("list", ({ urlParams }) =>
        answer(Effect.gen(function*() {
          const all = yield* known
          const { principal_id, principal_type, resource_id, resource_type, role } = urlParams
          const filters = [principal_type, principal_id, resource_type, resource_id, role]
          if (principal_id !== undefined && principal_type === undefined) {
            return yield* needs("principal_id", "principal_type")
          }
          if (resource_id !== undefined && resource_type === undefined) {
            return yield* needs("resource_id", "resource_type")
          }
          const passes = (binding: BindingDocument) =>
            [binding.principalType, binding.principalId, binding.resourceType, binding.resourceId, binding.role]
              .every((value, i) => filters[i] === undefined || filters[i] === value)
          return yield* pageOf(Effect.succeed(all.filter(passes)), bindingOf, urlParams, "role-bindings", ...filters)
        })))
      .handle(
        "create",
        ({ payload }) => answer(Effect.andThen(mayGive([payload]), Effect.map(admin.createBinding(payload), bindingOf)))
      )
      .handle("describe", ({ path }) =>
        answer(
          may("projectMembers").pipe(
            Effect.andThen(admin.binding(path.role_binding_id)),
            Effect.tap(ofProject),
            Effect.map(bindingOf)
          )
        ))
      .handle("delete", ({ path }) =>
        answer(
          may("projectMembers").pipe(
            Effect.andThen(admin.binding(path.role_binding_id)),
            Effect.tap((binding) => mayGive([binding])),
            Effect.andThen(admin.deleteBinding(path.role_binding_id))
          )
        ))
  })
