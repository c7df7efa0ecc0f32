/** Ends the reading of bytes that are no message, as the library's own readers do. */
export const malformed = (why: string): never => {
  // eslint-disable-next-line no-restricted-syntax -- a way out of any depth, and out of the library; `Protocol` catches it.
  throw new RangeError(why)
}
