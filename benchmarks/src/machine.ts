import * as Os from "node:os"

/** What a figure was measured on. */
export const machine = (): string =>
  `${Os.cpus()[0]?.model ?? "unknown processor"}, ${Os.cpus().length} cores, ${
    Math.round(Os.totalmem() / 2 ** 30)
  } GB, ${Os.platform()} ${Os.release()}, Node ${process.version}`
