import type { Storable } from "@effect-pinecone/schema/Metadata"
import * as Effect from "effect/Effect"
import type * as VectorIndex from "../VectorIndex.js"
import type { Connection } from "./connection.js"

type FanOut<A, I extends Storable> = Pick<VectorIndex.VectorIndex<A, I>, "queryNamespaces" | "queryMany">

export const make = <A, I extends Storable>(
  _connection: Connection,
  _calls: Pick<VectorIndex.VectorIndex<A, I>, "namespace" | "query" | "listNamespacesStream" | "describeIndexStats">
): FanOut<A, I> => ({
  queryNamespaces: () => Effect.dieMessage("not there yet"),
  queryMany: () => Effect.dieMessage("not there yet")
})
