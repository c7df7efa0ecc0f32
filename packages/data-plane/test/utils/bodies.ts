import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Effect from "effect/Effect"

const delays = new WeakMap<Response, number>()

/** An answer whose body comes so many milliseconds after its head. */
export const slowly = (response: Response, millis: number): Response => {
  delays.set(response, millis)
  return response
}

/** Waits for the body of an answer. */
export const arrived = (response: Response): Effect.Effect<void> => {
  const millis = delays.get(response)
  return millis === undefined ? Effect.void : Effect.sleep(millis)
}

/** An answer as the client of HTTP has it. */
export const received = (
  request: Parameters<typeof HttpClientResponse.fromWeb>[0],
  response: Response
): HttpClientResponse.HttpClientResponse => {
  const given = HttpClientResponse.fromWeb(request, response)
  if (!delays.has(response)) return given
  const slow: HttpClientResponse.HttpClientResponse = Object.create(given, {
    arrayBuffer: { value: Effect.zipRight(arrived(response), given.arrayBuffer) }
  })
  return slow
}
