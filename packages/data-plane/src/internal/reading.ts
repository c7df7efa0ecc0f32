import type { Storable } from "@effect-pinecone/schema/Metadata"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type * as VectorIndex from "../VectorIndex.js"
import type { Connection } from "./connection.js"

type Reading<A, I extends Storable> = Pick<VectorIndex.VectorIndex<A, I>, "fetchAll" | "get" | "scan">

export const make = <A, I extends Storable>(
  _connection: Connection,
  _calls: Pick<VectorIndex.VectorIndex<A, I>, "fetch" | "listStream">,
  _bound: string | undefined
): Reading<A, I> => ({
  fetchAll: () => Stream.dieMessage("not there yet"),
  get: () => Effect.dieMessage("not there yet"),
  scan: () => Stream.dieMessage("not there yet")
})
