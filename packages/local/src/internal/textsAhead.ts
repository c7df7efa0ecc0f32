import * as Effect from "effect/Effect"
import * as lane from "./lane.js"
import type { StoredRecord, ViewOptions } from "./namespaceView.js"
import { NamespaceView } from "./namespaceView.js"

type Write = typeof writing

/** Writes records, whose words go into the index with the write. */
export const plain: Write = (_shape, _view, _records, write) => write(() => {})

/**
 * Writes records with full-text fields: their words go into the index of the namespace before they are written, in slices
 * with other work between them, and no search finds them yet. What is left for the moment of the write is little, and it
 * shows all of them at once. `write` is given what to call first then, with the view that it writes to.
 *
 * `view` is that of the namespace, or `undefined` where the write will make one.
 */
export const writing = <A, E, R>(
  shape: ViewOptions,
  view: NamespaceView | undefined,
  records: ReadonlyArray<StoredRecord>,
  write: (ready: (view: NamespaceView) => void) => Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> =>
  shape.analysers === undefined ? plain(shape, view, records, write) : Effect.acquireUseRelease(
    Effect.sync(() => view ?? new NamespaceView(shape)),
    (ahead) =>
      Effect.andThen(
        lane.run(() => ahead.prepareTexts(records), { priority: "write" }),
        write((shown) => {
          shown.adoptTexts(ahead)
        })
      ),
    (ahead) =>
      Effect.sync(() => {
        ahead.discardTexts(records)
      })
  )

/**
 * Shows records that are written, some of which may have other texts than before: their words go into the index of the view
 * first, in slices with other work between them.
 */
export const showing = <A, E, R>(
  view: NamespaceView,
  records: ReadonlyArray<StoredRecord>,
  show: Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> =>
  view.texts === undefined || records.length === 0 ? show : Effect.ensuring(
    Effect.andThen(lane.run(() => view.prepareTexts(records), { priority: "write" }), show),
    Effect.sync(() => {
      view.discardTexts(records)
    })
  )
