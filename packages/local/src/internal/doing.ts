import type { Answers, MethodName } from "@effect-pinecone/grpc/Protocol"
import * as Effect from "effect/Effect"
import { indexOf } from "./currentIndex.js"
import type { Operations } from "./operations.js"
import { operations } from "./operations.js"
import type { Project } from "./project.js"
import * as respond from "./respond.js"

const answer = respond.answering("data")

/** Does the operations of a project, each with its request, and writes their answers. */
export const doing = (project: Project) =>
<M extends MethodName, A>(
  method: M,
  request: Parameters<Operations[M]>[1],
  write: (answer: Answers[M]) => Effect.Effect<A>
) =>
  answer(Effect.gen(function*() {
    const [given, headers] = yield* operations[method](yield* indexOf(project), request)
    yield* respond.headers(headers)
    return yield* write(given)
  }))
