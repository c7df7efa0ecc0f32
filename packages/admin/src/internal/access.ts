import type * as DerivedClient from "@effect-pinecone/http/DerivedClient"
import * as PineconeError from "@effect-pinecone/schema/PineconeError"
import * as Effect from "effect/Effect"
import type { Service } from "../AdminClient.js"

/** The first version that has service accounts, users, invites and role bindings. */
const since = "2026-04"

/** The same calls, each of which fails before it is sent where the client speaks a version that has none of them. */
export const calls = <Client>(
  { apiVersion }: Service,
  call: DerivedClient.Calls<Client>
): DerivedClient.Calls<Client> =>
  apiVersion >= since ? call : ({ operation }) =>
    Effect.fail(
      new PineconeError.InvalidRequest({
        operation,
        message:
          `${operation}: needs API version ${since} or later, and this client speaks ${apiVersion}: set its apiVersion`
      })
    )
