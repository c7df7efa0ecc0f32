import * as Schema from "effect/Schema"
import { openEnum } from "./wire.js"

/** What the SDK sends. */
export const Metric = Schema.Literal("cosine", "euclidean", "dotproduct")

/** What an answer says. */
export const AnyMetric = openEnum("cosine", "euclidean", "dotproduct")
