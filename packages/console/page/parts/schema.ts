/** What Schemas are made of, and what reads the answers. */
export { transform } from "@effect/platform/HttpClient"
export { decodeUnknown } from "effect/Schema"
