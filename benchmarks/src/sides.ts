/**
 * The clients that take part. Each is loaded by who uses it only, so that a process has no other client in memory than its
 * own.
 */
import type { Transport } from "./sdk.js"

/** This SDK at the host of an index. */
export const sdk = async (transport: Transport, host: string) => (await import("./sdk.js")).make(transport, { host })

/** This SDK with an index that the control plane at a URL tells of. */
export const sdkByName = async (transport: Transport, name: string, controllerHost: string) =>
  (await import("./sdk.js")).make(transport, { name }, controllerHost)

/** The official client at the host of an index. */
export const official = async (host: string) => {
  const { default: { Pinecone } } = await import("@pinecone-database/pinecone")
  return new Pinecone({ apiKey: "none" }).index({ host })
}

/** The newest official client at the host of an index. */
export const newest = async (host: string) => {
  const { default: { Pinecone } } = await import("pinecone-newest")
  return new Pinecone({ apiKey: "none" }).index({ host })
}
