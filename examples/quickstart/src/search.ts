/** A query of several namespaces at once. */
import { Effect, Order } from "effect"
import type { Metadata as AnyMetadata, VectorIndex } from "effect-pinecone"

export interface Found<A> extends VectorIndex.Match<A> {
  readonly namespace: string
}

/** The nearest records of each of the namespaces, merged: best first, as many as `topK`. */
export const queryNamespaces = <A, I extends AnyMetadata.Storable>(
  index: VectorIndex.VectorIndex<A, I>,
  namespaces: ReadonlyArray<string>,
  options: Omit<VectorIndex.QueryOptions<I>, "namespace">
) =>
  Effect.forEach(
    namespaces,
    (namespace) => index.query({ ...options, namespace, includeMetadata: true }),
    { concurrency: 8 }
  ).pipe(Effect.map((results) =>
    results
      .flatMap(({ matches, namespace }) => matches.map((match): Found<A> => ({ ...match, namespace })))
      .sort(Order.mapInput(Order.reverse(Order.number), ({ score }) => score))
      .slice(0, options.topK)
  ))
