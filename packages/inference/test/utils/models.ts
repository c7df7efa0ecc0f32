/** A server of models in the process: it embeds a text as its length, and says what it was asked. */
import * as PineconeHttpClient from "@effect-pinecone/http/PineconeHttpClient"
import type * as Settings from "@effect-pinecone/http/Settings"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Inference from "../../src/Inference.js"

export interface Asked {
  readonly method: string
  readonly path: string
  readonly body: unknown
}

export interface Answer {
  readonly status: number
  readonly body: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export interface EmbedBody {
  readonly model: string
  readonly inputs: ReadonlyArray<{ readonly text: string }>
  readonly parameters?: Readonly<Record<string, unknown>>
}

export const key = "pcsk_a_very_secret_key"

/** The embeddings of a request: of each text its length, and its first character's code. */
export const embeddings = ({ inputs, model }: EmbedBody): Answer => ({
  status: 200,
  body: {
    model,
    vector_type: "dense",
    data: inputs.map(({ text }) => ({ vector_type: "dense", values: [text.length, text.charCodeAt(0)] })),
    usage: { total_tokens: inputs.length }
  }
})

export const model = (name: string, more: Readonly<Record<string, unknown>> = {}) => ({
  model: name,
  short_description: "a model",
  type: "embed",
  supported_parameters: [],
  ...more
})

export const refused = (status: number, message = "no", headers: Readonly<Record<string, string>> = {}): Answer => ({
  status,
  headers,
  body: { status, error: { code: "SOME_CODE", message } }
})

/** The service on a server that answers so. */
export const serving = (
  answer: (asked: Asked) => Answer | Effect.Effect<Answer>,
  settings: Partial<Settings.Settings> = {}
) => {
  const asked: Array<Asked> = []
  const client = HttpClient.make((request, url) =>
    Effect.gen(function*() {
      const text = request.body._tag === "Uint8Array" ? new TextDecoder().decode(request.body.body) : ""
      const one: Asked = {
        method: request.method,
        path: `${url.pathname}${url.search}`,
        body: text === "" ? undefined : JSON.parse(text)
      }
      asked.push(one)
      const given = answer(one)
      const { body, headers, status } = Effect.isEffect(given) ? yield* given : given
      return HttpClientResponse.fromWeb(
        request,
        new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json", ...headers } })
      )
    })
  )
  const below = PineconeHttpClient.layer({ apiKey: Redacted.make(key), ...settings }).pipe(
    Layer.provide(Layer.succeed(HttpClient.HttpClient, client))
  )
  return { asked, client: Layer.orDie(below), layer: Layer.provide(Inference.layer, below) }
}
