import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { createParser, type EventSourceMessage } from "eventsource-parser"

/** An event of a `text/event-stream`. */
export interface ServerSentEvent {
  /** Its name, where it has one. */
  readonly event: string | undefined
  readonly data: string
}

/** More characters in an event than any that is meant: what is received is kept until the event ends. */
const maxBufferSize = 16 * 1024 * 1024

/**
 * The events of an answer, wherever its bytes are cut. An event that does not end is none. `onTooLong` is the error for one
 * that does not end for too long.
 */
export const decode = <E, R, E2>(
  bytes: Stream.Stream<Uint8Array, E, R>,
  onTooLong: () => E2
): Stream.Stream<ServerSentEvent, E | E2, R> =>
  Stream.suspend(() => {
    let events: Array<ServerSentEvent> = []
    let tooLong = false
    const parser = createParser({
      maxBufferSize,
      onEvent: ({ data, event }: EventSourceMessage) => {
        events.push({ event, data })
      },
      // A field that nobody knows is left out, as the format wants it.
      onError: ({ type }) => {
        if (type === "max-buffer-size-exceeded") tooLong = true
      }
    })
    return Stream.mapChunksEffect(Stream.decodeText(bytes), (texts) =>
      Effect.suspend(() => {
        events = []
        for (const text of texts) {
          parser.feed(text)
          if (tooLong) return Effect.fail(onTooLong())
        }
        return Effect.succeed(Chunk.unsafeFromArray(events))
      }))
  })
