/** What the views share: the SDK, the state of a call, and how it is shown. */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import type { ComponentChildren } from "preact"
import { createContext } from "preact"
import { useContext, useEffect, useState } from "preact/hooks"
import type { Problem } from "./place.js"
import type { Sdk, Services } from "./sdk.js"

export interface App {
  readonly sdk: Sdk
  /** The hosts of the indexes that were opened, by their names: commands name them. */
  readonly hosts: Map<string, string>
  /** The key was refused: the page asks for another one. */
  readonly refused: () => void
}

export const AppContext = createContext<App | undefined>(undefined)

export const useApp = (): App => {
  const app = useContext(AppContext)

  if (app === undefined) throw new Error("This view is outside the page.")
  return app
}

export type State<A> =
  | { readonly _tag: "Idle" }
  | { readonly _tag: "Loading"; readonly before: A | undefined }
  | { readonly _tag: "Failed"; readonly problem: Problem; readonly again?: (() => void) | undefined }
  | { readonly _tag: "Done"; readonly value: A }

type Asked<A> = Effect.Effect<A, Problem, Services>

/** The addresses at which the page reaches an index and the control plane, as its user knows these. */
const named = (message: string, target: string): string =>
  message.replaceAll(`${location.origin}/console/api/index/`, "").replaceAll(
    `${location.origin}/console/api/control`,
    target
  )

const problemOf = (cause: Cause.Cause<Problem>, target: string): Problem => {
  const failure = Cause.failureOption(cause)
  return failure._tag === "Some"
    ? { _tag: failure.value._tag, message: named(failure.value.message, target) }
    : { _tag: "Defect", message: `The console has failed: ${Cause.pretty(cause).split("\n")[0]}` }
}

/** Runs an effect for a view, and tells the outcome unless the view is gone. It gives what interrupts it. */
export const useRun = () => {
  const { refused, sdk } = useApp()
  return function run<A>(effect: Asked<A>, onExit: (outcome: State<A>) => void): () => void {
    let gone = false
    const fiber = sdk.runtime.runFork(effect)
    fiber.addObserver((exit) => {
      if (gone) return
      if (Exit.isSuccess(exit)) return onExit({ _tag: "Done", value: exit.value })
      const problem = problemOf(exit.cause, sdk.settings.target)
      if (problem._tag === "PineconeUnauthorized" && sdk.settings.needsKey) refused()
      onExit({ _tag: "Failed", problem })
    })
    return () => {
      gone = true
      Effect.runFork(Fiber.interruptFork(fiber))
    }
  }
}

/**
 * The state of a call that is made when the view appears, and again when one of `inputs` changes: and again after a while as
 * long as `isUnderWay` says so of the last answer.
 */
export function useCall<A>(
  effect: () => Asked<A>,
  inputs: ReadonlyArray<unknown>,
  isUnderWay: (value: A) => boolean = () => false
): State<A> {
  const run = useRun()
  const { sdk } = useApp()
  const [turn, setTurn] = useState(0)
  const [state, setState] = useState<State<A>>({ _tag: "Loading", before: undefined })
  useEffect(() => {
    setState((now) =>
      now._tag === "Done" ? { _tag: "Loading", before: now.value } : { _tag: "Loading", before: undefined }
    )
    return run(
      effect(),
      (outcome) =>
        setState(outcome._tag === "Failed" ? { ...outcome, again: () => setTurn((turn) => turn + 1) } : outcome)
    )
  }, [sdk, turn, ...inputs])
  useEffect(() => {
    if (state._tag !== "Done" || !isUnderWay(state.value)) return
    const timer = setTimeout(() => setTurn((turn) => turn + 1), 2_000)
    return () => clearTimeout(timer)
  }, [state])
  return state
}

export const Failure = ({ again, problem }: {
  readonly problem: Problem
  readonly again?: (() => void) | undefined
}) => (
  <div role="alert" class="problem">
    <strong>{problem._tag === "Input" ? "Check what you typed." : "This did not work."}</strong> {problem.message}
    {again === undefined ? null : <button type="button" class="small" onClick={again}>Try again</button>}
  </div>
)

/** Shows a value as soon as it is there, and what is wrong where it is not. */
export function Await<A>(
  { children, state, what }: {
    readonly state: State<A>
    readonly what: string
    readonly children: (value: A) => ComponentChildren
  }
) {
  switch (state._tag) {
    case "Idle":
      return null
    case "Loading":
      return state.before === undefined
        ? <p role="status" class="loading">Loading {what}…</p>
        : <div aria-busy="true">{children(state.before)}</div>
    case "Failed":
      return <Failure problem={state.problem} again={state.again} />
    case "Done":
      return <>{children(state.value)}</>
  }
}
