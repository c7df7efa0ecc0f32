/** One side of the benchmark of embedding, in a process of its own. */
import { argument, serve } from "./side.js"

const model = "universal-sentence-encoder-lite"

type Embed = (texts: ReadonlyArray<string>) => Promise<number>

const sdk = async (url: string): Promise<Embed> => {
  const { fetch } = await import("./sdk.js")
  const { Inference } = await import("effect-pinecone")
  const Effect = await import("effect/Effect")
  const Layer = await import("effect/Layer")
  const ManagedRuntime = await import("effect/ManagedRuntime")
  const runtime = ManagedRuntime.make(Layer.provide(Inference.layer, fetch(url)))
  return (texts) =>
    runtime.runPromise(
      Effect.flatMap(Inference.Inference, (inference) =>
        inference.embedAll(texts, { model, maxConcurrency: 4, parameters: { inputType: "passage" } }))
    ).then(({ embeddings }) =>
      embeddings.length
    )
}

const official = async (url: string): Promise<Embed> => {
  const { default: { Pinecone } } = await import("@pinecone-database/pinecone")
  const { inference } = new Pinecone({ apiKey: "none", controllerHostUrl: url })
  return async (texts) => {
    let next = 0
    let embedded = 0
    const worker = async () => {
      while (next < texts.length) {
        const inputs = texts.slice(next, next += 96)
        const { data } = await inference.embed({ model, inputs, parameters: { input_type: "passage" } })
        embedded += data.length
      }
    }
    await Promise.all(Array.from({ length: 4 }, worker))
    return embedded
  }
}

const embed = await (argument(0) === "sdk" ? sdk : official)(argument(1))

export const answers = serve({
  embed: async ({ texts }: { readonly texts: ReadonlyArray<string> }) => {
    const start = performance.now()
    const embedded = await embed(texts)
    if (embedded !== texts.length) throw new Error(`${embedded} of ${texts.length} texts were embedded`)
    return { perSecond: texts.length / ((performance.now() - start) / 1000) }
  }
})
