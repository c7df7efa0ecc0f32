import * as Data from "effect/Data"

/** Why a file cannot be read. */
export class DocumentProblem extends Data.TaggedError("DocumentProblem")<{ readonly message: string }> {}
