/** What stands for standard input and output once `-` is read, which the parser would take for an option. */
export const standard = "@-"

export const readDash = (args: ReadonlyArray<string>): ReadonlyArray<string> =>
  args.map((arg) => arg === "-" ? standard : arg)

/** The name of a file in a sentence. */
export const nameOf = (file: string): string => file === standard ? "standard input" : file
