import type * as Ingest from "effect-pinecone/Ingest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as ExitCode from "../ExitCode.js"
import { StandardStreams } from "../StandardStreams.js"
import * as checkpoints from "./checkpoint.js"
import { withOption } from "./commandLine.js"
import * as kinds from "./kinds.js"
import { of, oneLine, Problem } from "./problem.js"
import * as progress from "./progress.js"
import type { Mode } from "./render.js"
import * as render from "./render.js"

/** How far a run is: what is done of its source, from the start of it. */
export interface Step extends checkpoints.Done {
  /** Records that this run has done. */
  readonly records: number
  readonly failures: ReadonlyArray<Ingest.Failure<unknown>>
  /**
   * What earlier runs had done.
   *
   * @default as much as the checkpoint says
   */
  readonly skipped?: number | undefined
  /**
   * Where a later run would resume.
   *
   * @default here
   */
  readonly resumable?: checkpoints.Done | undefined
}

export interface Drive<E, R> {
  readonly label: string
  readonly run: checkpoints.Run
  readonly output: Option.Option<Mode>
  /** Where what was done is said: beside what is written, where that goes to standard output itself. */
  readonly report?: "output" | "error" | undefined
  readonly resume: boolean
  /** Why it cannot be resumed, if it cannot. */
  readonly once?: string | undefined
  /** How many records there are in all, as far as that is known by now. */
  readonly total: () => number | undefined
  /** The work, from where an earlier run has stopped, which reports how far it is. */
  readonly work: (from: checkpoints.Done, report: (step: Step) => Effect.Effect<void>) => Effect.Effect<void, E, R>
}

/** So many of the records that were refused are named one by one. */
const named = 10

const refusals = (failures: ReadonlyArray<Ingest.Failure<unknown>>) =>
  failures.map(({ error, records }) =>
    `refused${records.length > 1 ? ` (${records.length} records)` : ""}: ${oneLine(error.message)}`
  )

/**
 * Runs what takes long: with a bar, and a checkpoint that is there however the process ends. What ends early says how to
 * resume; what is complete says what was done.
 */
export const drive = <E, R>({ label, once, output, report = "output", resume, run, total, work }: Drive<E, R>) =>
  Effect.gen(function*() {
    const checkpoint = yield* checkpoints.open(run, resume)
    const { from } = checkpoint
    if (Option.isSome(checkpoint.left)) {
      yield* render.note(
        `An earlier run stopped after ${
          render.number(checkpoint.left.value.done)
        } records; with --resume this one would ` +
          "continue there. It starts from the beginning."
      )
    }
    if (resume && from.done > 0) yield* render.note(`Resuming after ${render.number(from.done)} records.`)
    const { writeError } = yield* StandardStreams
    const bar = yield* progress.make(label, from.done)
    const began = yield* Clock.currentTimeMillis
    let records = 0
    let refused = 0
    let skipped = from.done
    const step = (state: Step) =>
      Effect.gen(function*() {
        records = state.records
        skipped = state.skipped ?? skipped
        if (state.failures.length > 0) {
          yield* bar.clear
          const before = refused
          for (const { records } of state.failures) refused += Math.max(1, records.length)
          const lines = refusals(state.failures).slice(0, Math.max(0, named - before))
          yield* writeError(lines.map((line) => `${line}\n`).join(""))
          if (before < named && refused >= named) yield* writeError("More that are refused are counted, not named.\n")
        }
        if (once === undefined) yield* checkpoint.note(state.resumable ?? state)
        yield* bar.update({ done: state.done, total: total() })
      })
    const stopped = Effect.gen(function*() {
      const { done } = once === undefined ? yield* checkpoint.keep : { done: 0 }
      if (once !== undefined) return once
      return done > 0
        ? `${render.number(done)} records are done. Resume with: ${yield* withOption("--resume")}`
        : "Nothing is done yet."
    })
    yield* work(from, step).pipe(
      Effect.onExit((exit) => Exit.isSuccess(exit) ? Effect.void : bar.clear),
      Effect.onInterrupt(() => Effect.flatMap(stopped, (how) => render.note(`Stopped. ${how}`))),
      Effect.catchAll((error) =>
        Effect.flatMap(stopped, (how) => {
          const { code, message } = of(error)
          const aside = code === ExitCode.refused ? " Correct it, or set wrong records aside with --skip-invalid." : ""
          return new Problem({ code, message: `${/[.!?]$/.test(message) ? message : `${message}.`}${aside} ${how}` })
        })
      )
    )
    yield* bar.clear
    yield* checkpoint.forget
    const seconds = ((yield* Clock.currentTimeMillis) - began) / 1000
    const rate = seconds > 0 ? Math.round(records / seconds) : records
    if (report === "error") {
      yield* render.note(
        `${render.number(records)} records in ${seconds.toFixed(1)} s, ${render.number(rate)} a second.`
      )
    } else {
      yield* render.one(output, kinds.run, {
        records,
        refused,
        skipped,
        seconds: Math.round(seconds * 1000) / 1000,
        rate
      })
    }
    if (refused > 0) {
      return yield* new Problem({
        code: ExitCode.failed,
        message:
          `${
            render.number(refused)
          } records were refused; the others are stored. Correct them, and run it again with ` +
          "those alone."
      })
    }
  })

/** What a run of the SDK's reports, as steps. */
export const ingest =
  <Item, E, R>(start: (resumeFrom: number) => Stream.Stream<Ingest.Progress<Item>, E, R>): Drive<E, R>["work"] =>
  ({ done }, report) =>
    Stream.runForEach(
      start(done),
      ({ checkpoint, failures, records }) => report({ done: checkpoint, bytes: 0, records, failures })
    )
