const local = /^(localhost|127(\.\d{1,3}){3}|\[::1\]|0\.0\.0\.0)(:\d+)?(\/|$)/i

/** The base URL of a host, which Pinecone gives without a scheme. */
export const baseUrl = (host: string): string => {
  const trimmed = host.replace(/\/+$/, "")
  if (/^https?:(\/\/|$)/i.test(trimmed)) return trimmed
  return `${local.test(trimmed) ? "http" : "https"}://${trimmed}`
}
