import type { Metric } from "../vectorBlock.js"
import type { Query } from "./arena.js"
import type { CodedQuery } from "./codes.js"
import { codedQuery } from "./codes.js"

/** What a search looks for. */
export class Sought implements Query {
  private code: CodedQuery | undefined = undefined

  constructor(readonly query: Float32Array, readonly metric: Metric, readonly inverseNorm: number) {}

  /** Made when an arena asks for it: small namespaces have none. */
  get coded(): CodedQuery {
    return this.code ??= codedQuery(this.query, this.metric, this.inverseNorm)
  }
}
