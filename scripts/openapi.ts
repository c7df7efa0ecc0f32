/**
 * Prints the OpenAPI documents generated from the `HttpApi` definitions, as one
 * JSON object with a key for each: `db_control`, `db_data`, ….
 *
 * `--api-version 2026-04` prints those of that version; without it, of the one
 * that the SDK speaks unless set.
 */
import * as OpenApi from "@effect/platform/OpenApi"
import { parseArgs } from "node:util"
import { AdminApi } from "../packages/http/src/AdminApi.js"
import { AdminApi2026_04 } from "../packages/http/src/AdminApi2026_04.js"
import { AssistantControlApi } from "../packages/http/src/AssistantControlApi.js"
import { AssistantDataApi } from "../packages/http/src/AssistantDataApi.js"
import { AssistantEvaluationApi } from "../packages/http/src/AssistantEvaluationApi.js"
import { ControlPlaneApi } from "../packages/http/src/ControlPlaneApi.js"
import { ControlPlaneApi2026_04 } from "../packages/http/src/ControlPlaneApi2026_04.js"
import { DataPlaneApi } from "../packages/http/src/DataPlaneApi.js"
import { DataPlaneApi2026_04 } from "../packages/http/src/DataPlaneApi2026_04.js"
import { InferenceApi } from "../packages/http/src/InferenceApi.js"
import { MetricsApi } from "../packages/http/src/MetricsApi.js"
import { OAuthApi } from "../packages/http/src/OAuthApi.js"
import { defaultApiVersion } from "../packages/http/src/Settings.js"

type Documents = Readonly<Record<string, OpenApi.OpenAPISpec>>

/** The documents that each version has as its own. */
const own: Readonly<Record<string, Documents>> = {
  "2026-07": {
    admin: OpenApi.fromApi(AdminApi),
    db_control: OpenApi.fromApi(ControlPlaneApi),
    db_data: OpenApi.fromApi(DataPlaneApi)
  },
  "2026-04": {
    admin: OpenApi.fromApi(AdminApi2026_04),
    db_control: OpenApi.fromApi(ControlPlaneApi2026_04),
    db_data: OpenApi.fromApi(DataPlaneApi2026_04)
  }
}

/** The documents that are the same in all versions. */
const shared: Documents = {
  assistant_control: OpenApi.fromApi(AssistantControlApi),
  assistant_data: OpenApi.fromApi(AssistantDataApi),
  assistant_evaluation: OpenApi.fromApi(AssistantEvaluationApi),
  db_metrics: OpenApi.fromApi(MetricsApi),
  inference: OpenApi.fromApi(InferenceApi),
  oauth: OpenApi.fromApi(OAuthApi)
}

const { values } = parseArgs({ options: { "api-version": { type: "string", default: defaultApiVersion } } })
const version = values["api-version"]

if (Object.hasOwn(own, version)) {
  process.stdout.write(`${JSON.stringify({ ...shared, ...own[version] }, null, 2)}\n`)
} else {
  process.stderr.write(`unknown API version "${version}": use ${Object.keys(own).join(" or ")}\n`)
  process.exitCode = 1
}
