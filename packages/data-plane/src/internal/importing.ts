import type { Storable } from "@effect-pinecone/schema/Metadata"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type * as VectorIndex from "../VectorIndex.js"

type Importing = Pick<VectorIndex.VectorIndex, "importAll" | "importAllProgress">

export const make = <A, I extends Storable>(
  _calls: Pick<VectorIndex.VectorIndex<A, I>, "startImport" | "importProgress" | "cancelImport">
): Importing => ({
  importAll: () => Effect.dieMessage("not there yet"),
  importAllProgress: () => Stream.dieMessage("not there yet")
})
