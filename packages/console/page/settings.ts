/** What the server says of itself. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

const Settings = Schema.Struct({ target: Schema.String, needsKey: Schema.Boolean, allowWrites: Schema.Boolean })

export type Settings = typeof Settings.Type

export const load: Effect.Effect<Settings, string> = Effect.tryPromise((signal) =>
  // eslint-disable-next-line no-restricted-globals -- these are settings of the page's own server, not of the API
  fetch("/console/settings.json", { signal }).then((response) => response.json() as Promise<unknown>)
).pipe(
  Effect.flatMap(Schema.decodeUnknown(Settings)),
  Effect.mapError(() => "The console cannot reach its server. Check that it is running, then reload the page.")
)
