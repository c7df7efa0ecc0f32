/** A piece of text on a page. */
export interface Item {
  readonly text: string
  /** Its baseline: the higher on the page, the larger. */
  readonly y: number
  readonly height: number
  readonly endsLine: boolean
}

/** What the program that reads a PDF tells. */
export type Told =
  | { readonly page: ReadonlyArray<Item> }
  | { readonly done: true }
  | { readonly failed: { readonly name: string; readonly message: string } }
