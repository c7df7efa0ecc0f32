import type { CreateIndexRequest } from "@effect-pinecone/schema/IndexModel"
import * as IndexModel2026_04 from "@effect-pinecone/schema/IndexModel2026_04"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import type { Reader } from "./values.js"

const keys = ["name", "dimension", "metric", "vector_type", "cloud", "region"] as const

const rule =
  `an index, as name=movies,dimension=384,metric=cosine (keys: ${keys.join(", ")}; dimension is an integer, ` +
  "metric is cosine, euclidean or dotproduct, vector_type is dense or sparse, each key at most once)"

const decode = Schema.decodeUnknownEither(IndexModel2026_04.CreateIndexRequest)

/** The request for an index from `key=value` pairs. */
export const indexOf: Reader<CreateIndexRequest> = (given) => {
  const fields: Record<string, string> = {}
  for (const pair of given.split(",")) {
    const [, key = "", value = ""] = /^\s*([a-z_]+)\s*=\s*(.+?)\s*$/.exec(pair) ?? []
    if (!keys.some((known) => known === key) || Object.hasOwn(fields, key)) return Either.left(rule)
    fields[key] = value
  }
  const { cloud = "aws", dimension, name, region = "us-east-1", ...rest } = fields
  if (name === undefined || (dimension !== undefined && !/^\d+$/.test(dimension))) return Either.left(rule)
  return Either.mapLeft(
    decode({
      name,
      ...rest,
      ...(dimension === undefined ? {} : { dimension: Number(dimension) }),
      spec: { serverless: { cloud, region } }
    }),
    () => rule
  )
}
