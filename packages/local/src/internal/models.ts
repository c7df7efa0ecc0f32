/** An embedding model that an index can be created for: the vectors that it makes. */
export interface HostedModel {
  readonly vectorType: "dense" | "sparse"
  readonly dimension?: number
  readonly dimensions?: ReadonlyArray<number>
  readonly metric: "cosine" | "dotproduct"
}

/** The models that Pinecone hosts, as far as an index needs to know them. */
export const hostedModels: { readonly [name: string]: HostedModel } = {
  "llama-text-embed-v2": {
    vectorType: "dense",
    dimension: 1024,
    dimensions: [384, 512, 768, 1024, 2048],
    metric: "cosine"
  },
  "multilingual-e5-large": { vectorType: "dense", dimension: 1024, dimensions: [1024], metric: "cosine" },
  "pinecone-sparse-english-v0": { vectorType: "sparse", metric: "dotproduct" }
}
