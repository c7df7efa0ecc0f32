import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { createHash } from "node:crypto"
import { unusable } from "./problem.js"
import * as Profiles from "./profiles.js"

/** What a run reads and writes: a later one of the same may resume it. */
export interface Run {
  readonly command: string
  readonly from: string
  readonly to: string
  /** What tells whether the source is still the same, of one that can change. */
  readonly version: string
}

const Stored = Schema.parseJson(Schema.Struct({
  command: Schema.String,
  from: Schema.String,
  to: Schema.String,
  version: Schema.String,
  /** How many records from the start are done. */
  done: Schema.Int,
  /** How long the file was then, of a run that writes one. */
  bytes: Schema.Int,
  state: Schema.optional(Schema.String)
}))

export interface Done {
  readonly done: number
  readonly bytes: number
  /** What the writer of a file has to know of what is in it. */
  readonly state?: string | undefined
}

const nothing: Done = { done: 0, bytes: 0 }

/** A checkpoint is written at most so often. */
const every = 500

export interface Checkpoint {
  /** Where to begin: where the earlier run was, or at the start. */
  readonly from: Done
  /** What an earlier run has left that is not resumed. */
  readonly left: Option.Option<Done>
  /** Keeps how far it is, now and then. */
  readonly note: (done: Done) => Effect.Effect<void>
  /** Keeps how far it is, at the end of a run that ended early. */
  readonly keep: Effect.Effect<Done>
  /** Forgets it: the run is complete. */
  readonly forget: Effect.Effect<void>
}

const fileOf = ({ command, from, to }: Run) =>
  Effect.gen(function*() {
    const path = yield* Path.Path
    const folder = yield* Profiles.folder("XDG_STATE_HOME", [".local", "state"])
    const name = createHash("sha256").update(JSON.stringify([command, from, to])).digest("hex").slice(0, 24)
    return path.join(folder, "runs", `${name}.json`)
  })

/** The checkpoint of a run. It is a file in the folder of states, which a killed run leaves behind. */
export const open = (run: Run, resume: boolean) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const name = yield* fileOf(run)
    const stored = (yield* fs.exists(name))
      ? yield* Effect.option(Effect.flatMap(fs.readFileString(name), Schema.decode(Stored)))
      : Option.none()
    if (resume && Option.isSome(stored) && stored.value.version !== run.version) {
      return yield* unusable(
        `${run.from} has changed since the run that stopped, so it cannot be resumed. Run it again without --resume.`
      )
    }
    const from: Done = resume ? Option.getOrElse(stored, () => nothing) : nothing
    const left = resume ? Option.none<Done>() : Option.filter(stored, ({ done }) => done > 0)
    let last = from
    let written: number | undefined
    yield* fs.makeDirectory(path.dirname(name), { recursive: true, mode: 0o700 })
    const write = Effect.suspend(() =>
      Effect.flatMap(Schema.encode(Stored)({ ...run, ...last }), (text) =>
        // Whole or not at all, whenever the process is killed.
        Effect.andThen(fs.writeFileString(`${name}.tmp`, text, { mode: 0o600 }), fs.rename(`${name}.tmp`, name)))
    ).pipe(Effect.ignore)
    const checkpoint: Checkpoint = {
      from,
      left,
      note: (done) =>
        Effect.flatMap(Clock.currentTimeMillis, (now) => {
          last = done
          if (written !== undefined && now - written < every) return Effect.void
          written = now
          return write
        }),
      keep: Effect.suspend(() => Effect.as(last.done > 0 ? write : Effect.void, last)),
      forget: Effect.ignore(fs.remove(name, { force: true }))
    }
    return checkpoint
  })
