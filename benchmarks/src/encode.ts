/**
 * 200 unit vectors of 1,536 dimensions as JSON in UTF-8, on two sides: `JSON.stringify` of plain arrays of the same
 * numbers, and the writer that knows that they are 32-bit floats.
 */
import { ByteWriter } from "../../packages/schema/src/internal/byteWriter.js"
import { float32Writers } from "../../packages/schema/src/internal/float32Kernel/float32Writer.js"
import type { Benchmark, Found, Options } from "./report.js"
import { median, random, unitVector } from "./vectors.js"

const vectors = 200
const dimension = 1536
const warmUps = 4

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
const measure = (tasks: ReadonlyArray<Task>, rounds: number): ReadonlyArray<Side> => {
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
const compare = (rounds: number) => {
  const next = random(1)
  const typed = Array.from({ length: vectors }, () => unitVector(next, dimension))
  const plain = typed.map((vector) => Array.from(vector))
  const encoder = new TextEncoder()
  const sum = <A>(values: ReadonlyArray<A>, f: (value: A) => number) =>
    values.reduce((total, value) => total + f(value), 0)
  const write = (values: ReadonlyArray<Float32Array | ReadonlyArray<number>>): number => {
    const writer = new ByteWriter(64 + 13 * vectors * dimension, float32Writers)
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
  ], rounds)
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

const run = async ({ quick }: Options): Promise<Found> => {
  const rounds = quick ? 5 : 21
  const { ratios, sides } = compare(rounds)
  return {
    title: `${vectors} vectors of ${dimension} numbers as JSON in UTF-8`,
    versions: {},
    notes: [`medians of ${rounds} rounds, in turns, in one process`],
    tables: [{
      title: "By the number",
      columns: [{ name: "ns", digits: 1 }, { name: "bytes" }],
      rows: sides.map(({ bytesPerNumber, name, nanosecondsPerNumber }) => ({
        name,
        values: [nanosecondsPerNumber, bytesPerNumber]
      }))
    }],
    ratios: [
      { name: "ByteWriter to JSON.stringify, time, to bytes on both sides", value: ratios.time },
      { name: "time, stringify alone", value: ratios.timeToStringifyAlone },
      { name: "time, from plain arrays", value: ratios.timeFromPlainArrays },
      { name: "bytes", value: ratios.bytes }
    ]
  }
}

export const benchmark: Benchmark = {
  name: "encode",
  about: "vectors to JSON bytes, beside JSON.stringify",
  minutes: 5,
  run
}
