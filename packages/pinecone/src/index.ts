/**
 * Everything that runs anywhere, in one import.
 *
 * @since 0.1.0
 */
export {
  AccessToken,
  Admin,
  AdminClient,
  AdminSettings,
  ApiKeys,
  Metrics,
  Organizations,
  Projects
} from "@effect-pinecone/admin"
export { Assistant, Assistants, Evaluation, FileSource } from "@effect-pinecone/assistant"
export { Backups, Collections, ControlPlane, Indexes, RestoreJobs } from "@effect-pinecone/control-plane"
export { FanOut, Ingest, Search, VectorIndex } from "@effect-pinecone/data-plane"
export * as Call from "@effect-pinecone/http/Call"
export * as InvalidSettings from "@effect-pinecone/http/InvalidSettings"
export * as PineconeHttpClient from "@effect-pinecone/http/PineconeHttpClient"
export * as Poll from "@effect-pinecone/http/Poll"
export * as Settings from "@effect-pinecone/http/Settings"
export { Embedding, Inference } from "@effect-pinecone/inference"
export * as AssistantFile from "@effect-pinecone/schema/AssistantFile"
export * as Chat from "@effect-pinecone/schema/Chat"
export * as Filter from "@effect-pinecone/schema/Filter"
export * as IndexSpec from "@effect-pinecone/schema/IndexSpec"
export * as Limits from "@effect-pinecone/schema/Limits"
export * as Metadata from "@effect-pinecone/schema/Metadata"
export * as MetadataIndex from "@effect-pinecone/schema/MetadataIndex"
export * as PineconeError from "@effect-pinecone/schema/PineconeError"
export * as ReadCapacity from "@effect-pinecone/schema/ReadCapacity"
export * as VectorRecord from "@effect-pinecone/schema/VectorRecord"
export * as Pinecone from "./Pinecone.js"
