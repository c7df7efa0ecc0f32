import { AdminApi } from "@effect-pinecone/http/AdminApi"
import { AdminApi2026_04 } from "@effect-pinecone/http/AdminApi2026_04"
import { AssistantControlApi } from "@effect-pinecone/http/AssistantControlApi"
import { AssistantDataApi } from "@effect-pinecone/http/AssistantDataApi"
import { AssistantEvaluationApi } from "@effect-pinecone/http/AssistantEvaluationApi"
import { ControlPlaneApi } from "@effect-pinecone/http/ControlPlaneApi"
import { ControlPlaneApi2026_04 } from "@effect-pinecone/http/ControlPlaneApi2026_04"
import { DataPlaneApi } from "@effect-pinecone/http/DataPlaneApi"
import { DataPlaneApi2026_04 } from "@effect-pinecone/http/DataPlaneApi2026_04"
import { InferenceApi } from "@effect-pinecone/http/InferenceApi"
import { MetricsApi } from "@effect-pinecone/http/MetricsApi"
import { OAuthApi } from "@effect-pinecone/http/OAuthApi"
import type * as HttpApi from "@effect/platform/HttpApi"
import type * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as OpenApi from "@effect/platform/OpenApi"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { Part, Route } from "./routes.js"
import * as routing from "./routes.js"
import { latest } from "./versions.js"

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

/** The parts that an older version defines in another way. */
const older: Readonly<Record<string, Readonly<Partial<Record<PlaneName, Effect.Effect<OpenApi.OpenAPISpec>>>>>> = {
  "2026-04": {
    "control": part(ControlPlaneApi2026_04).definition,
    "data": part(DataPlaneApi2026_04).definition,
    "admin": part(AdminApi2026_04).definition
  }
}

/** The versions of the API that have definitions, the newest first. What came before is in the oldest. */
export const versions: ReadonlyArray<string> = [latest, ...Object.keys(older)]

/** The definition of a part in a version, in the form of OpenAPI, or what there is none of. */
export const definition = (
  plane: string,
  version: string
): Effect.Effect<Either.Either<OpenApi.OpenAPISpec, string>> => {
  if (!isPlane(plane)) {
    return Effect.succeed(Either.left(`There is no plane "${plane}": plane must be one of ${planes.join(", ")}.`))
  }
  if (!versions.includes(version)) {
    return Effect.succeed(
      Either.left(`There is no definition of version "${version}": version must be one of ${versions.join(", ")}.`)
    )
  }
  return Effect.map(older[version]?.[plane] ?? parts[plane].definition, Either.right)
}

export const routes = (names: ReadonlyArray<PlaneName>): Route => routing.make(names.map((name) => parts[name]))
