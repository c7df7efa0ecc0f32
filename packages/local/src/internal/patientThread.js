import * as Os from "node:os"

/**
 * Gives this thread a lower priority, for work that takes long: it leaves the processors to the event loop and to writes. On
 * Linux a thread has a priority of its own; elsewhere it would be that of the process. A sandbox may not let it be changed.
 */
export const bePatient = () => {
  if (process.platform !== "linux") return
  try {
    Os.setPriority(0, Os.constants.priority.PRIORITY_BELOW_NORMAL)
  } catch {
    // As quick as the others, then.
  }
}
