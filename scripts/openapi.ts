/**
 * Prints the OpenAPI documents generated from the `HttpApi` definitions, as one
 * JSON object with the keys `db_control` and `db_data`.
 */
import * as OpenApi from "@effect/platform/OpenApi"
import { ControlPlaneApi } from "../packages/http/src/ControlPlaneApi.js"
import { DataPlaneApi } from "../packages/http/src/DataPlaneApi.js"

const documents = {
  db_control: OpenApi.fromApi(ControlPlaneApi),
  db_data: OpenApi.fromApi(DataPlaneApi)
}

process.stdout.write(`${JSON.stringify(documents, null, 2)}\n`)
