import type { Place } from "../Limits.js"

/** The parts of a place that are texts: an error takes nothing else. */
export const placed = ({ assistant, index, namespace, operation }: Place): Place => ({
  operation,
  ...(typeof index === "string" ? { index } : {}),
  ...(typeof assistant === "string" ? { assistant } : {}),
  ...(typeof namespace === "string" ? { namespace } : {})
})
