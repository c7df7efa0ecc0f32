/** A map of a namespace: some of its records as points, each near to those with similar vectors. */
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { useEffect, useMemo, useRef, useState } from "preact/hooks"
import type { Colouring } from "./colours.js"
import * as colours from "./colours.js"
import type { IndexProps } from "./index.js"
import { Fields, NamespaceSelect, number, Progress, Summary } from "./parts.js"
import type { Place, Problem, Row } from "./place.js"
import { fieldBytesOf, problem, rowsWithin } from "./place.js"
import { to } from "./route.js"
import { firstRows, namespaceOf } from "./rows.js"
import { sample } from "./sampling.js"
import { shown } from "./sdk.js"
import { Failure, useRun } from "./state.js"
import type { Answer, Question } from "./worker.js"

/** A point of the map: what is known of a record without its vector. */
interface Point {
  readonly id: string
  readonly fields: Row["fields"]
}

interface Atlas {
  readonly points: ReadonlyArray<Point>
  /** How many ids the points were chosen from. */
  readonly seen: number
  /** x and y in turn. */
  readonly places: Float32Array
}

type Making =
  | { readonly _tag: "Idle" }
  | { readonly _tag: "Listing"; readonly seen: number; readonly of: number }
  | { readonly _tag: "Reading"; readonly read: number; readonly of: number }
  | { readonly _tag: "Computing"; readonly share: number }
  | { readonly _tag: "Failed"; readonly problem: Problem }
  | { readonly _tag: "Done"; readonly atlas: Atlas }

const sizes = [1_000, 5_000, 20_000]

/** The most ids that are listed to choose from: 100 in a request, so this takes at most 1,000 of them. */
const mostListed = 100_000

/** The vectors of rows one after another; for the cosine metric each of length 1, as only directions count. */
const packed = (rows: ReadonlyArray<Row>, width: number, isCosine: boolean): Float32Array => {
  const values = new Float32Array(rows.length * width)
  rows.forEach(({ vector }, r) => {
    if (vector === undefined) return
    let squares = 0
    if (isCosine) { for (const value of vector) squares += value * value }
    const by = squares > 0 ? 1 / Math.sqrt(squares) : 1
    for (let i = 0; i < width; i++) values[r * width + i] = vector[i]! * by
  })
  return values
}

/** The worker, for as long as the scope is open. */
const worker = Effect.acquireRelease(
  Effect.sync(() => new Worker("/console/map.js", { type: "module" })),
  (worker) => Effect.sync(() => worker.terminate())
)

const send = (worker: Worker, question: Question, transfer: ReadonlyArray<Transferable> = []) =>
  worker.postMessage(question, [...transfer])

const placesOf = (worker: Worker, onShare: (share: number) => void) =>
  Effect.async<Float32Array, Problem>((resume) => {
    worker.onmessage = ({ data }: MessageEvent<Answer>) =>
      data.type === "progress" ? onShare(data.share) : resume(Effect.succeed(data.places))
    worker.onerror = () => resume(Effect.fail(problem("The map could not be computed. Try it with fewer points.")))
    send(worker, { type: "project" })
  })

/** Reads a random sample of the records of a namespace, a few requests at a time, and has a worker place them. */
const make = (place: Place, namespace: string, most: number, count: number, onProgress: (making: Making) => void) =>
  Effect.gen(function*() {
    const first = yield* firstRows(place, namespace)
    const width = first.find(({ vector }) => vector !== undefined)?.vector?.length
    if (width === undefined) return { points: [], places: new Float32Array(0), seen: 0 }
    const thread = yield* worker
    const isCosine = place.model.metric === "cosine"
    const batch = rowsWithin(width, fieldBytesOf(first), 100)
    const points: Array<Point> = []
    const listed = place.ids(namespace).pipe(Stream.take(mostListed))
    const { ids, seen } = yield* sample(
      listed,
      most,
      (seen) => onProgress({ _tag: "Listing", seen, of: Math.min(mostListed, count) })
    )
    yield* Stream.fromIterable(ids).pipe(
      Stream.grouped(batch),
      Stream.mapEffect((ids) => place.rows(namespace, Chunk.toReadonlyArray(ids)), { concurrency: 4 }),
      Stream.runForEach((rows) =>
        Effect.sync(() => {
          const placed = rows.filter(({ vector }) => vector !== undefined && vector.length === width)
          const values = packed(placed, width, isCosine)
          for (const { fields, id } of placed) points.push({ id, fields })
          send(thread, { type: "rows", values, width }, [values.buffer])
          onProgress({ _tag: "Reading", read: points.length, of: ids.length })
        })
      )
    )
    const places = yield* placesOf(thread, (share) => onProgress({ _tag: "Computing", share }))
    return { points, places, seen }
  }).pipe(Effect.scoped)

const codeOf = ({ make, noun }: Place, namespace: string): string =>
  `const index = yield* ${make}
const ids = index.listStream({ namespace: ${JSON.stringify(namespace)} }).pipe(Stream.take(${mostListed}))
const ${noun}s = index.fetchAll(ids, { namespace: ${JSON.stringify(namespace)} })`

/** Where the points are on a canvas of a size. */
interface View {
  readonly x: (i: number) => number
  readonly y: (i: number) => number
}

const margin = 16

const viewOf = (places: Float32Array, width: number, height: number): View => {
  let [left, right, low, high] = [Infinity, -Infinity, Infinity, -Infinity]
  for (let i = 0; i < places.length; i += 2) {
    left = Math.min(left, places[i]!)
    right = Math.max(right, places[i]!)
    low = Math.min(low, places[i + 1]!)
    high = Math.max(high, places[i + 1]!)
  }
  const scale = Math.min((width - 2 * margin) / (right - left || 1), (height - 2 * margin) / (high - low || 1))
  const [middleX, middleY] = [(left + right) / 2, (low + high) / 2]
  return {
    x: (i) => width / 2 + (places[2 * i]! - middleX) * scale,
    y: (i) => height / 2 - (places[2 * i + 1]! - middleY) * scale
  }
}

/** The nearest point that `isWanted`, no further than `most` pixels away. */
const nearest = (
  view: View,
  count: number,
  x: number,
  y: number,
  most: number,
  isWanted: (dx: number, dy: number, i: number) => boolean = () => true
): number | undefined => {
  let [found, least]: [number | undefined, number] = [undefined, most * most]
  for (let i = 0; i < count; i++) {
    const [dx, dy] = [view.x(i) - x, view.y(i) - y]
    const distance = dx * dx + dy * dy
    if (distance <= least && isWanted(dx, dy, i)) [found, least] = [i, distance]
  }
  return found
}

const directions: { readonly [key: string]: readonly [number, number] } = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1]
}

const height = 520

const Canvas = ({ atlas: { places, points }, by, chosen, onChoose, onOpen }: {
  readonly atlas: Atlas
  readonly by: Colouring
  readonly chosen: number | undefined
  readonly onChoose: (point: number | undefined) => void
  readonly onOpen: (point: number) => void
}) => {
  const ref = useRef<HTMLCanvasElement>(null)
  const [width, setWidth] = useState(0)
  const [hovered, setHovered] = useState<number | undefined>(undefined)
  const view = useMemo(() => viewOf(places, width, height), [places, width])

  useEffect(() => {
    const canvas = ref.current
    if (canvas === null) return
    const observer = new ResizeObserver(() => setWidth(canvas.clientWidth))
    observer.observe(canvas)
    return () => observer.disconnect()
  }, [])

  useEffect(() => {
    const canvas = ref.current
    const context = canvas?.getContext("2d")
    if (canvas === null || context === null || context === undefined || width === 0) return
    const ratio = devicePixelRatio
    canvas.width = width * ratio
    canvas.height = height * ratio
    context.scale(ratio, ratio)
    const palette = colours.coloursOf(by)
    const size = points.length > 5_000 ? 3 : 5
    context.globalAlpha = points.length > 5_000 ? 0.6 : 0.85
    for (let i = 0; i < points.length; i++) {
      context.fillStyle = palette[by.of(i)]!
      context.fillRect(view.x(i) - size / 2, view.y(i) - size / 2, size, size)
    }
    context.globalAlpha = 1
    for (const [i, radius] of [[hovered, 6], [chosen, 9]] as const) {
      if (i === undefined) continue
      context.beginPath()
      context.arc(view.x(i), view.y(i), radius, 0, 2 * Math.PI)
      context.lineWidth = 2.5
      context.strokeStyle = getComputedStyle(canvas).color
      context.stroke()
    }
  }, [points, view, by, hovered, chosen, width])

  const at = ({ offsetX, offsetY }: MouseEvent) => nearest(view, points.length, offsetX, offsetY, 10)

  const onKey = (event: KeyboardEvent) => {
    if (event.key === "Enter" && chosen !== undefined) return onOpen(chosen)
    if (event.key === "Escape") return onChoose(undefined)
    const direction = directions[event.key]
    if (direction === undefined) return
    event.preventDefault()
    if (chosen === undefined) {
      return onChoose(nearest(view, points.length, width / 2, height / 2, Infinity))
    }
    const [right, down] = direction
    const next = nearest(view, points.length, view.x(chosen), view.y(chosen), Infinity, (dx, dy, i) => {
      const along = dx * right + dy * down
      return i !== chosen && along > 0 && along >= Math.abs(dx * down + dy * right)
    })
    if (next !== undefined) onChoose(next)
  }

  const pointed = hovered === undefined ? undefined : points[hovered]
  return (
    <div class="canvas">
      <canvas
        ref={ref}
        tabIndex={0}
        role="application"
        aria-label={`Map of ${
          number(points.length)
        } records. Arrow keys go from point to point, Enter searches from one.`}
        onMouseMove={(event) => setHovered(at(event))}
        onMouseLeave={() => setHovered(undefined)}
        onClick={(event) => onChoose(at(event))}
        onKeyDown={onKey}
      />
      {pointed === undefined || hovered === undefined ? null : (
        <div
          class="tip"
          style={{
            left: `${Math.min(view.x(hovered) + 12, width - 260)}px`,
            top: `${Math.min(view.y(hovered) + 12, height - 90)}px`
          }}
        >
          <strong>{pointed.id}</strong>
          <Summary row={{ ...pointed, vector: undefined, sparse: undefined }} />
        </div>
      )}
    </div>
  )
}

const Drawn = ({ atlas, namespace, place }: {
  readonly atlas: Atlas
  readonly place: Place
  readonly namespace: string
}) => {
  const { points, seen } = atlas
  const fields = useMemo(() => colours.fieldsOf(points), [points])
  const [field, setField] = useState("")
  const [chosen, setChosen] = useState<number | undefined>(undefined)
  const by = useMemo(() => colours.colouring(points, field === "" ? undefined : field), [points, field])
  const point = chosen === undefined ? undefined : points[chosen]
  const searchFrom = (id: string) => to(place.model.name, "search", { ns: namespace, id })
  return (
    <>
      <div class="bar">
        <label>
          Colour by
          <select value={field} onChange={({ currentTarget }) => setField(currentTarget.value)}>
            <option value="">nothing</option>
            {fields.map((name) => <option key={name} value={name}>{name}</option>)}
          </select>
        </label>
        <p class="muted">
          {number(points.length)}{" "}
          points{seen > points.length ? `, a random sample of ${number(seen)}` : ""}. Point at one to see it, click it
          for its metadata and to search from it.
        </p>
      </div>
      {by.legend.length === 0 ? null : (
        <ul class="legend" aria-label={`Colours by ${field}`}>
          {by.legend.map(({ colour, label }) => (
            <li key={colour}>
              <span class="dot" style={{ background: colours.coloursOf(by)[colour]! }} aria-hidden="true" /> {label}
            </li>
          ))}
        </ul>
      )}
      <div class="atlas">
        <Canvas
          atlas={atlas}
          by={by}
          chosen={chosen}
          onChoose={setChosen}
          onOpen={(i) => {
            const id = points[i]?.id
            if (id !== undefined) location.hash = searchFrom(id)
          }}
        />
        <div aria-live="polite" class="chosen">
          {point === undefined ? null : (
            <>
              <h2>{point.id}</h2>
              <Fields row={{ ...point, vector: undefined, sparse: undefined }} />
              <p>
                <a href={searchFrom(point.id)}>Search for similar</a>
              </p>
            </>
          )}
        </div>
      </div>
    </>
  )
}

export const MapView = ({ namespaces, params, place }: IndexProps) => {
  const run = useRun()
  const namespace = namespaceOf({ namespaces, params })
  const count = namespaces.find(({ name }) => name === namespace)?.count ?? 0
  const [most, setMost] = useState(sizes[1]!)
  const [making, setMaking] = useState<Making>({ _tag: "Idle" })
  const [stop, setStop] = useState<() => void>(() => () => {})
  useEffect(() => stop, [stop])

  const start = () => {
    setMaking({ _tag: "Listing", seen: 0, of: Math.min(mostListed, count) })
    const effect = shown("Read the map", codeOf(place, namespace), make(place, namespace, most, count, setMaking))
    setStop(() =>
      run(effect, (outcome) =>
        outcome._tag === "Done"
          ? setMaking({ _tag: "Done", atlas: outcome.value })
          : outcome._tag === "Failed"
          ? setMaking(outcome)
          : undefined)
    )
  }

  const isBusy = making._tag === "Listing" || making._tag === "Reading" || making._tag === "Computing"
  return (
    <>
      <form
        class="bar"
        onSubmit={(event) => {
          event.preventDefault()
          start()
        }}
      >
        <NamespaceSelect
          namespaces={namespaces}
          value={namespace}
          onChange={(ns) => {
            stop()
            setMaking({ _tag: "Idle" })
            location.hash = to(place.model.name, "map", { ns })
          }}
        />
        <label>
          Points
          <select value={String(most)} onChange={({ currentTarget }) => setMost(Number(currentTarget.value))}>
            {sizes.map((size) => <option key={size} value={size}>up to {number(size)}</option>)}
          </select>
        </label>
        <button type="submit" class="main" disabled={isBusy}>Make the map</button>
        {isBusy
          ? (
            <button
              type="button"
              onClick={() => {
                stop()
                setMaking({ _tag: "Idle" })
              }}
            >
              Stop
            </button>
          )
          : null}
      </form>
      {count > most
        ? (
          <p class="muted">
            The namespace has {number(count)} {place.noun}s: the map shows a random sample of {number(most)}
            {count > mostListed ? ` of the first ${number(mostListed)} by id` : ""}.
          </p>
        )
        : null}
      <div role="status">
        {making._tag === "Idle"
          ? <p class="muted">The map reads the vectors of the namespace, and places similar ones near each other.</p>
          : null}
        {making._tag === "Listing"
          ? (
            <Progress
              label="Choosing a sample of the ids"
              percent={Math.min(1, making.seen / Math.max(1, making.of)) * 100}
            />
          )
          : null}
        {making._tag === "Reading"
          ? <Progress label={`Reading ${place.noun}s`} percent={making.read / Math.max(1, making.of) * 100} />
          : null}
        {making._tag === "Computing" ? <Progress label="Placing the points" percent={making.share * 100} /> : null}
      </div>
      {making._tag === "Failed" ? <Failure problem={making.problem} /> : null}
      {making._tag !== "Done"
        ? null
        : making.atlas.points.length === 0
        ? <p class="empty">This namespace has no dense vectors, so there is nothing to place on a map.</p>
        : <Drawn atlas={making.atlas} place={place} namespace={namespace} />}
    </>
  )
}
