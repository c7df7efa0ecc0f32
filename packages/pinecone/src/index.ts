/**
 * Everything that runs anywhere, in one import.
 *
 * @since 0.1.0
 */
export { Backups, Collections, ControlPlane, Indexes, RestoreJobs } from "@effect-pinecone/control-plane"
export { FanOut, Ingest, VectorIndex } from "@effect-pinecone/data-plane"
export { Call, PineconeHttpClient, Poll, Settings } from "@effect-pinecone/http"
export {
  Filter,
  IndexSpec,
  Limits,
  Metadata,
  MetadataIndex,
  PineconeError,
  ReadCapacity,
  VectorRecord
} from "@effect-pinecone/schema"
export * as Pinecone from "./Pinecone.js"
