import * as Context from "effect/Context"
import * as Effect from "effect/Effect"

/** The arguments that the command was given, to name it in a sentence. */
export class Arguments extends Context.Reference<Arguments>()("@effect-pinecone/cli/Arguments", {
  defaultValue: (): ReadonlyArray<string> => []
}) {}

const quoted = (arg: string): string => /^[\w@%+=:,./-]+$/.test(arg) ? arg : `'${arg.replaceAll("'", "'\\''")}'`

/** The command as it can be typed, with an option more. */
export const withOption = (option: string) =>
  Effect.map(
    Arguments,
    (args) => ["pinecone", ...(args.includes(option) ? args : [...args, option])].map(quoted).join(" ")
  )
