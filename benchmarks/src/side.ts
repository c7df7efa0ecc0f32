/** The other end of `children.ts`: a process that answers what it is asked, and ends with the one that started it. */

/** What a process can be asked, by name. */
export type Answers = Readonly<Record<string, (input: never) => unknown>>

export interface Question {
  readonly id: number
  readonly name: string
  readonly input: unknown
}

export interface Reply {
  readonly id: number
  readonly value?: unknown
  readonly error?: string
}

/** Answers until the process that started this one is gone. */
export const serve = <P extends Answers>(answers: P): P => {
  const send = (reply: Reply) => process.send?.(reply)
  process.on("message", ({ id, input, name }: Question) => {
    if (name === "ready") return void send({ id })
    const answer = answers[name]
    if (answer === undefined) return void send({ id, error: `there is no "${name}" here` })
    Promise.resolve().then(() => answer(input as never)).then(
      (value) => send({ id, value }),
      (error: unknown) => send({ id, error: error instanceof Error ? error.stack ?? error.message : String(error) })
    )
  })
  process.once("disconnect", () => process.exit(0))
  return answers
}

/** What a process was given on its command line. */
export const argument = (i: number): string => {
  const value = process.argv[2 + i]
  if (value === undefined) throw new Error(`argument ${i} is missing`)
  return value
}
