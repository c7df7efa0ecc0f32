import type { Headers } from "@effect/platform/Headers"

const lsnOf = (headers: Headers, ...names: ReadonlyArray<string>): number | undefined => {
  for (const name of names) {
    const value = headers[name]
    if (value !== undefined && /^\d+$/.test(value)) return Number(value)
  }
  return undefined
}

/** The place in the log that a write has got. */
export const writtenLsn = (response: { readonly headers: Headers }) =>
  lsnOf(response.headers, "x-pinecone-request-lsn", "x-pinecone-lsn-committed")

/** The place in the log up to which a read has seen. */
export const indexedLsn = (response: { readonly headers: Headers }) =>
  lsnOf(response.headers, "x-pinecone-max-indexed-lsn", "x-pinecone-lsn-reconciled")
