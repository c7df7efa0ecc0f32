/**
 * 200 unit vectors of 1,536 dimensions as JSON in UTF-8, on two sides: `JSON.stringify` of plain arrays of the same
 * numbers, and the writer that knows that they are 32-bit floats.
 */
import { fileURLToPath } from "node:url"
import { ByteWriter } from "../../packages/schema/src/internal/byteWriter.js"
import { machine } from "./machine.js"

const vectors = 200
const dimension = 1536
const rounds = 21
const warmUps = 4

/** The same numbers in every run. */
const random = (seed: number): () => number => {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const unitVector = (next: () => number): Float32Array => {
  const gaussian = Float64Array.from(
    { length: dimension },
    () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())
  )
  const norm = Math.sqrt(gaussian.reduce((sum, value) => sum + value * value, 0))
  return Float32Array.from(gaussian, (value) => value / norm)
}

const median = (values: ReadonlyArray<number>): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]

/** The time of one side, by the number. */
export interface Side {
  readonly name: string
  readonly nanosecondsPerNumber: number
  readonly bytesPerNumber: number
}

interface Task {
  readonly name: string
  /** Does the work and gives the length of what it wrote. */
  readonly encode: () => number
}

/** The medians of runs that take turns, so that what slows the machine down slows down each side. */
const measure = (tasks: ReadonlyArray<Task>): ReadonlyArray<Side> => {
  const times = tasks.map((): Array<number> => [])
  const lengths = tasks.map(() => 0)
  for (let round = -warmUps; round < rounds; round++) {
    tasks.forEach((task, i) => {
      const start = performance.now()
      lengths[i] = task.encode()
      const elapsed = performance.now() - start
      if (round >= 0) times[i].push(elapsed)
    })
  }
  return tasks.map((task, i) => ({
    name: task.name,
    nanosecondsPerNumber: median(times[i]) * 1e6 / (vectors * dimension),
    bytesPerNumber: lengths[i] / (vectors * dimension)
  }))
}

/** Measures all sides. The ratios are those of the writer to `JSON.stringify`, without and with the step to bytes. */
const compare = () => {
  const next = random(1)
  const typed = Array.from({ length: vectors }, () => unitVector(next))
  const plain = typed.map((vector) => Array.from(vector))
  const encoder = new TextEncoder()
  const sum = <A>(values: ReadonlyArray<A>, f: (value: A) => number) =>
    values.reduce((total, value) => total + f(value), 0)
  const write = (values: ReadonlyArray<Float32Array | ReadonlyArray<number>>): number => {
    const writer = new ByteWriter(64 + 13 * vectors * dimension)
    for (const vector of values) writer.float32s(vector)
    return writer.bytes().length
  }
  const sides = measure([
    { name: "JSON.stringify", encode: () => sum(plain, (vector) => JSON.stringify(vector).length) },
    {
      name: "JSON.stringify, then TextEncoder",
      encode: () => sum(plain, (vector) => encoder.encode(JSON.stringify(vector)).length)
    },
    { name: "ByteWriter.float32s of Float32Array", encode: () => write(typed) },
    { name: "ByteWriter.float32s of plain arrays", encode: () => write(plain) }
  ])
  const [text, textBytes, fromTyped, fromPlain] = sides
  return {
    sides,
    ratios: {
      time: fromTyped.nanosecondsPerNumber / textBytes.nanosecondsPerNumber,
      timeToStringifyAlone: fromTyped.nanosecondsPerNumber / text.nanosecondsPerNumber,
      timeFromPlainArrays: fromPlain.nanosecondsPerNumber / textBytes.nanosecondsPerNumber,
      bytes: fromTyped.bytesPerNumber / textBytes.bytesPerNumber
    }
  }
}

/** Runs the benchmark and prints what it finds. */
export const run = (): void => {
  const { ratios, sides } = compare()
  console.log(machine())
  console.log(`${vectors} vectors of ${dimension} dimensions, the median of ${rounds} runs`)
  for (const side of sides) {
    const time = side.nanosecondsPerNumber.toFixed(1).padStart(7)
    console.log(`${side.name.padEnd(36)}${time} ns/number  ${side.bytesPerNumber.toFixed(2)} bytes/number`)
  }
  console.log("ByteWriter to JSON.stringify:")
  console.log(`  time, to bytes on both sides  ${ratios.time.toFixed(3)}`)
  console.log(`  time, stringify alone         ${ratios.timeToStringifyAlone.toFixed(3)}`)
  console.log(`  time, from plain arrays       ${ratios.timeFromPlainArrays.toFixed(3)}`)
  console.log(`  bytes                         ${ratios.bytes.toFixed(3)}`)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) run()
