import type { Call } from "../Call.js"

/** A call on its way, and how often it has sent its request. It belongs to the one fiber that makes the call. */
export class RunningCall implements Call {
  readonly operation: string
  readonly index: string | undefined
  readonly namespace: string | undefined
  readonly idempotent: boolean | undefined
  attempts = 0

  constructor({ idempotent, index, namespace, operation }: Call) {
    this.operation = operation
    this.index = index
    this.namespace = namespace
    this.idempotent = idempotent
  }
}

export const from = (call: Call): RunningCall => call instanceof RunningCall ? call : new RunningCall(call)
