/** The worker of the map: it collects vectors, and computes where their points are, beside the page. */
import { mostNumbers, project, sketch } from "./projection.js"

/** What the page sends: vectors one after another in one array, and at the end the wish for the places. */
export type Question =
  | { readonly type: "rows"; readonly values: Float32Array; readonly width: number }
  | { readonly type: "project" }

/** What the worker answers. */
export type Answer =
  | { readonly type: "progress"; readonly share: number }
  | { readonly type: "places"; readonly places: Float32Array }

let data = new Float32Array(0)
let width = 0
let count = 0

const room = (rows: number): void => {
  const needed = (count + rows) * width
  if (needed <= data.length) return
  const larger = new Float32Array(Math.max(needed, data.length * 2))
  larger.set(data)
  data = larger
}

const answer = (message: Answer, transfer: ReadonlyArray<Transferable> = []): void =>
  self.postMessage(message, { transfer: [...transfer] })

self.onmessage = ({ data: question }: MessageEvent<Question>) => {
  if (question.type === "project") {
    const places = project(data, count, width, (share) => answer({ type: "progress", share }))
    answer({ type: "places", places }, [places.buffer])
    return
  }
  const { values, width: numbers } = question
  if (width === 0) width = Math.min(numbers, mostNumbers)
  const rows = values.length / numbers
  room(rows)
  for (let r = 0; r < rows; r++, count++) {
    sketch(values.subarray(r * numbers, (r + 1) * numbers), data.subarray(count * width, (count + 1) * width))
  }
}
