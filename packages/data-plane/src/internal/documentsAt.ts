import * as Input from "@effect-pinecone/schema/Input"
import type { Place } from "@effect-pinecone/schema/Limits"
import * as Effect from "effect/Effect"
import type { IndexAt } from "../IndexAt.js"

/** Documents came with this version. */
const since = "2026-07"

/** The way to an index of documents: a client that speaks an older version fails before anything is sent. */
export const documentsAt = (at: IndexAt): IndexAt => {
  if (at.apiVersion >= since) return at
  const refused = (place: Place) =>
    Effect.fail(
      Input.invalid(
        place,
        "apiVersion",
        `documents need API version ${since} or later, and this client speaks ${at.apiVersion}: set its apiVersion`
      )
    )
  const { index } = at
  return {
    ...at,
    inNamespace: (namespace) => documentsAt(at.inNamespace(namespace)),
    found: refused({ operation: "documents", index }),
    post: (operation, _, namespace) => refused({ operation, index, namespace })
  }
}
