/**
 * Access tokens for the admin API, in exchange for the credentials of a service account (`/oauth/token` of the login
 * host).
 *
 * ```ts
 * import * as OAuth from "@effect-pinecone/schema/OAuth"
 *
 * const audience = OAuth.audience // what a token for the admin API is asked for
 * ```
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { answer, as, openEnum, secret, struct } from "./internal/wire.js"

/**
 * The audience of tokens for the admin API. The slash at its end belongs to it.
 *
 * @since 0.1.0
 * @category constants
 */
export const audience = "https://api.pinecone.io/"

/**
 * The request for an access token.
 *
 * @since 0.1.0
 * @category schemas
 */
export const TokenRequest = struct({
  clientId: as("client_id", Schema.String),
  clientSecret: as("client_secret", secret),
  grantType: as("grant_type", openEnum("client_credentials")),
  audience: openEnum(audience)
}).annotations({ identifier: "TokenRequest" })

/**
 * The type of the `TokenRequest` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface TokenRequest extends Schema.Schema.Type<typeof TokenRequest> {}

/**
 * A token, and for how many seconds it is valid.
 *
 * @since 0.1.0
 * @category schemas
 */
export const TokenResponse = answer("TokenResponse", {
  accessToken: as("access_token", secret),
  tokenType: as("token_type", openEnum("Bearer")),
  expiresIn: as("expires_in", Schema.Int)
})

/**
 * The type of the `TokenResponse` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface TokenResponse extends Schema.Schema.Type<typeof TokenResponse> {}
