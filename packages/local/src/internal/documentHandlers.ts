import { DataPlaneApi } from "@effect-pinecone/http/DataPlaneApi"
import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import * as Effect from "effect/Effect"
import { indexOf } from "./currentIndex.js"
import * as documentOperations from "./documentOperations.js"
import * as egress from "./egress.js"
import { ModelsTag } from "./models.js"
import type { Outcome } from "./operations.js"
import type * as problem from "./problem.js"
import { ProjectTag } from "./project.js"
import * as respond from "./respond.js"

const answer = respond.answering("records")

/** Does an operation, and writes its answer. */
const run = <A, B, R>(
  operation: Effect.Effect<Outcome<A>, problem.Problem>,
  write: (answer: A) => Effect.Effect<B, never, R>
) =>
  answer(Effect.gen(function*() {
    const [given, headers] = yield* operation
    yield* respond.headers(headers)
    return yield* write(given)
  }))

/** An answer to a read, on the wire. */
const read = <
  A extends { readonly usage: { readonly readUnits: number; readonly embedTotalTokens?: number | undefined } }
>(
  { usage, ...body }: A
) =>
  egress.response(
    { ...body, usage: { read_units: usage.readUnits, embed_total_tokens: usage.embedTotalTokens } },
    "egress_bytes"
  )

/** The documents of an index. */
export const layer = HttpApiBuilder.group(DataPlaneApi, "documents", (handlers) =>
  Effect.gen(function*() {
    const current = indexOf(yield* ProjectTag)
    const models = yield* ModelsTag
    return handlers
      .handle("upsert", ({ path: { namespace }, payload }) =>
        run(
          Effect.flatMap(current, (index) => documentOperations.upsert(index, models, namespace, payload)),
          Effect.succeed
        ))
      .handle("search", ({ path: { namespace }, payload }) =>
        run(
          Effect.flatMap(current, (index) => documentOperations.search(index, models, namespace, payload)),
          read
        ))
      .handle("fetch", ({ path: { namespace }, payload }) =>
        run(
          Effect.flatMap(current, (index) => documentOperations.fetch(index, namespace, payload)),
          ({ documents, ...body }) =>
            read({ documents: Object.fromEntries(documents.map((document) => [document._id, document])), ...body })
        ))
      .handle("delete", ({ path: { namespace }, payload }) =>
        run(
          Effect.flatMap(current, (index) => documentOperations.remove(index, namespace, payload)),
          Effect.succeed
        ))
      .handle("update", ({ path: { namespace }, payload }) =>
        run(
          Effect.flatMap(current, (index) => documentOperations.update(index, models, namespace, payload)),
          Effect.succeed
        ))
      .handle("list", ({ path: { namespace }, payload }) =>
        run(
          Effect.flatMap(current, (index) => documentOperations.list(index, namespace, payload)),
          ({ documents, ...body }) => read({ documents: documents.map(({ id }) => ({ _id: id })), ...body })
        ))
  }))
