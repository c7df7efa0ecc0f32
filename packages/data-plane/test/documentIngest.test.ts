/** The runs that write streams, over documents. */
import * as DocumentIndex from "@effect-pinecone/data-plane/DocumentIndex"
import * as IndexSchema from "@effect-pinecone/schema/IndexSchema"
import * as Effect from "effect/Effect"
import { ingesting } from "./suite/ingest.js"

ingesting({
  name: "documents",
  open: Effect.orDie(
    DocumentIndex.make({ name: "movies", fields: { vector: IndexSchema.denseVector({ dimension: 3 }) } })
  ),
  item: (n) => ({ _id: `r${n}`, vector: [n, 1, 0] }),
  sent: ({ _id, vector }) => ({ id: _id, values: Array.from(vector) }),
  share: 0.1
})
