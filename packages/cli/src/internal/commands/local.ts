import * as Command from "@effect/cli/Command"

/** What the help has of the embedded server: it is run without the parser, since its flags are its own. */
export const command = Command.make("local")
