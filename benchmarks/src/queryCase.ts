export const dimension = 1536

export interface Case {
  readonly topK: number
  readonly includeValues: boolean
}

export const cases: ReadonlyArray<Case> = [
  { topK: 10, includeValues: true },
  { topK: 100, includeValues: true },
  { topK: 1000, includeValues: true },
  { topK: 1000, includeValues: false }
]
