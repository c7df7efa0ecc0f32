/**
 * Pinecone's OAuth API, version 2026-04: access tokens for the admin API. It is at the login host.
 *
 * The one definition behind the client, the embedded server and the OpenAPI document.
 *
 * ```ts
 * import * as OAuthApi from "@effect-pinecone/http/OAuthApi"
 * import * as OpenApi from "@effect/platform/OpenApi"
 *
 * const paths = Object.keys(OpenApi.fromApi(OAuthApi.OAuthApi).paths)
 * ```
 *
 * @since 0.1.0
 */
import * as ErrorBody from "@effect-pinecone/schema/ErrorBody"
import * as OAuth from "@effect-pinecone/schema/OAuth"
import * as HttpApi from "@effect/platform/HttpApi"
import * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as HttpApiSchema from "@effect/platform/HttpApiSchema"
import * as OpenApi from "@effect/platform/OpenApi"
import * as Schema from "effect/Schema"
import { post } from "./internal/endpoint.js"

/** The error of a status. The server takes for one only what has a code. */
const error = (status: number) =>
  Schema.Struct(ErrorBody.OAuthError.fields).pipe(
    Schema.filter(({ error }) => error !== undefined, { jsonSchema: {} }),
    Schema.annotations({ identifier: `OAuthError${status}`, ...HttpApiSchema.annotations({ status }) })
  )

/**
 * The endpoint for access tokens.
 *
 * @since 0.1.0
 * @category groups
 */
export class OAuthGroup extends HttpApiGroup.make("oauth")
  .add(post("token", "/oauth/token", {
    id: "get_token",
    payload: Schema.Union(
      OAuth.TokenRequest,
      OAuth.TokenRequest.pipe(HttpApiSchema.withEncoding({ kind: "UrlParams" }))
    ),
    success: OAuth.TokenResponse,
    error: [error(400), error(401), error(403), error(429), error(500), error(501), error(503)]
  }))
{}

/**
 * The definition of the OAuth API.
 *
 * @since 0.1.0
 * @category apis
 */
export class OAuthApi extends HttpApi.make("oauth")
  .add(OAuthGroup)
  .annotate(OpenApi.Title, "Pinecone OAuth API")
  .annotate(OpenApi.Version, "2026-04")
{}
