import { AdminApi } from "@effect-pinecone/http/AdminApi"
import { AssistantControlApi } from "@effect-pinecone/http/AssistantControlApi"
import { AssistantDataApi } from "@effect-pinecone/http/AssistantDataApi"
import { AssistantEvaluationApi } from "@effect-pinecone/http/AssistantEvaluationApi"
import { ControlPlaneApi } from "@effect-pinecone/http/ControlPlaneApi"
import { DataPlaneApi } from "@effect-pinecone/http/DataPlaneApi"
import { InferenceApi } from "@effect-pinecone/http/InferenceApi"
import { MetricsApi } from "@effect-pinecone/http/MetricsApi"
import { OAuthApi } from "@effect-pinecone/http/OAuthApi"
import type * as HttpApi from "@effect/platform/HttpApi"
import type * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as OpenApi from "@effect/platform/OpenApi"
import * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type { Part, Route } from "./routes.js"
import * as routing from "./routes.js"

/** A part of Pinecone's API, below a path. */
const part = <Id extends string, Groups extends HttpApiGroup.HttpApiGroup.Any, E, R>(
  api: HttpApi.HttpApi<Id, Groups, E, R>,
  prefix = ""
): Part & { readonly definition: Effect.Effect<OpenApi.OpenAPISpec> } => ({
  api,
  prefix,
  definition: Effect.sync(() => ({ ...OpenApi.fromApi(api), servers: [{ url: prefix === "" ? "/" : prefix }] }))
})

/** What the server serves. */
const parts = {
  "control": part(ControlPlaneApi),
  "data": part(DataPlaneApi),
  "inference": part(InferenceApi),
  "admin": part(AdminApi),
  "oauth": part(OAuthApi),
  "metrics": part(MetricsApi),
  "assistant-control": part(AssistantControlApi, "/assistant"),
  "assistant-data": part(AssistantDataApi, "/assistant"),
  "assistant-evaluation": part(AssistantEvaluationApi, "/assistant")
}

export type PlaneName = keyof typeof parts

// eslint-disable-next-line no-restricted-syntax -- its keys are those of the record above.
export const planes = Object.keys(parts) as ReadonlyArray<PlaneName>

/** What is served at the address of the control plane. */
export const controlPlanes: ReadonlyArray<PlaneName> = planes.filter((plane) => plane !== "data")

const isPlane = (name: string): name is PlaneName => Object.hasOwn(parts, name)

/** The definition of a part, in the form of OpenAPI. */
export const definition = (plane: string): Effect.Effect<Option.Option<OpenApi.OpenAPISpec>> =>
  isPlane(plane) ? Effect.asSome(parts[plane].definition) : Effect.succeedNone

export const routes = (names: ReadonlyArray<PlaneName>): Route => routing.make(names.map((name) => parts[name]))
