import type * as Fiber from "effect/Fiber"
import * as FiberRef from "effect/FiberRef"
import type * as Metric from "effect/Metric"
import * as MetricLabel from "effect/MetricLabel"

/** What a measurement is of. */
export interface Kind {
  readonly operation: string
  /** The type of the error that it ended with. */
  readonly error?: string | undefined
  /** What it was sent over. */
  readonly protocol?: string | undefined
}

type Labels = ReadonlyArray<MetricLabel.MetricLabel>

/** Updates metrics. A metric finds its state by the labels, and at once where they are the same array as before. */
export class Measures {
  private readonly known = new Map<string, Labels>()

  add<Type, Out>(
    fiber: Fiber.RuntimeFiber<unknown, unknown>,
    metric: Metric.Metric<Type, number, Out>,
    value: number,
    kind: Kind
  ): void {
    const labels = this.labels(kind)
    const own = fiber.getFiberRef(FiberRef.currentMetricLabels)
    metric.unsafeUpdate(value, own.length === 0 ? labels : [...own, ...labels])
  }

  private labels({ error = "", operation, protocol = "" }: Kind): Labels {
    const key = `${operation} ${protocol} ${error}`
    const known = this.known.get(key)
    if (known !== undefined) return known
    const labels = [
      MetricLabel.make("db.system.name", "pinecone"),
      MetricLabel.make("db.operation.name", operation),
      ...(protocol === "" ? [] : [MetricLabel.make("network.protocol.name", protocol)]),
      ...(error === "" ? [] : [MetricLabel.make("error.type", error)])
    ]
    this.known.set(key, labels)
    return labels
  }
}
