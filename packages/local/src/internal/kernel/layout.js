/** How many rows a pass has at most. */
export const rowsPerPass = 256

/**
 * Who works in an arena at the same time, each at a seat with room for a query and for the rows of a pass: the main thread
 * at the first one, and as many others.
 */
export const seats = 9

/** What the kernel keeps of a code: two doubles. */
export const bytesPerBound = 16

/**
 * How many bytes the code of a row takes: the kernel takes steps of 16.
 *
 * @param {number} dimension
 */
export const widthOf = (dimension) => (dimension + 15) & ~15

/**
 * The start of a memory page of the system, so that files can be read straight to it.
 *
 * @param {number} at
 */
const aligned = (at) => (at + 4095) & ~4095

/**
 * Where the parts of a seat begin, counted from its start.
 *
 * @param {number} dimension
 */
export const seatOf = (dimension) => {
  const keys = 4 * rowsPerPass
  const bounds = keys + 8 * rowsPerPass
  const query = bounds + bytesPerBound * rowsPerPass
  const first = query + 8 * ((dimension + 1) & ~1)
  const row = first + 16
  const code = row + 4 * ((dimension + 3) & ~3)
  return { selected: 0, keys, bounds, query, first, row, code, bytes: aligned(code + 2 * widthOf(dimension)) }
}

/**
 * Where the parts of an arena begin.
 *
 * @param {number} dimension
 * @param {number} rows
 */
export const layoutOf = (dimension, rows) => {
  const width = widthOf(dimension)
  const bounds = seats * seatOf(dimension).bytes
  const inverseNorms = bounds + bytesPerBound * rows
  const sequences = inverseNorms + 8 * rows
  const states = sequences + 8 * rows
  const codes = aligned(states + rows)
  const values = aligned(codes + width * rows)
  return { width, bounds, inverseNorms, sequences, states, codes, values, bytes: values + 4 * dimension * rows }
}

/**
 * How many rows fit into so many bytes, at least one.
 *
 * @param {number} bytes
 * @param {number} dimension
 */
export const rowsWithin = (bytes, dimension) => {
  const perRow = bytesPerBound + 8 + 8 + 1 + widthOf(dimension) + 4 * dimension
  return Math.max(1, Math.floor((bytes - layoutOf(dimension, 0).bytes - 2 * 4096) / perRow))
}
