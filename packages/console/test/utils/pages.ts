/** What the tests in a browser share: pages, what is seen in them, and what everyone needs of them. */
import { assert } from "@effect/vitest"
import axe from "axe-core"
import * as Effect from "effect/Effect"
import type { Browser, Locator, Page } from "playwright-core"

/** What went wrong in a page without showing in it, such as a script that its policy refuses. */
export interface Opened {
  readonly page: Page
  readonly complaints: ReadonlyArray<string>
}

/** A new page, which shares nothing with others. */
export const openIn = (browser: Browser) => (url: string): Effect.Effect<Opened> =>
  Effect.promise(async () => {
    const context = await browser.newContext({ viewport: { width: 1200, height: 900 } })
    context.setDefaultTimeout(20_000)
    const page = await context.newPage()
    const complaints: Array<string> = []
    page.on("pageerror", ({ message }) => complaints.push(message))
    page.on("console", (message) => {
      if (message.type() === "error" && !/Failed to load resource/.test(message.text())) {
        complaints.push(message.text())
      }
    })
    await page.goto(url)
    return { page, complaints }
  })

/** Waits until a part of a page says something. */
export const see = async (place: Page | Locator, text: string | RegExp): Promise<void> => {
  await place.getByText(text).first().waitFor()
}

/** Goes to another view of the page that is open. */
export const show = (page: Page, path: string): Promise<unknown> => page.evaluate((hash) => location.hash = hash, path)

/** What assistive technology needs: the rules of WCAG 2.1, A and AA, that a program can check, and a few of our own. */
export const accessible = async (page: Page): Promise<void> => {
  // The policy of the page refuses a script element: this one is evaluated by the browser's debugger.
  await page.evaluate(axe.source)
  const violations = await page.evaluate(async () => {
    // Colours are not yet final while what is new on the page appears.
    await Promise.all(document.getAnimations().map(({ finished }) => finished.catch(() => undefined)))
    const { violations } = await (window as unknown as { readonly axe: typeof axe }).axe.run(document, {
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
    })
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`)
  })
  assert.deepStrictEqual(violations, [])
  const landmarks = await page.evaluate(() =>
    ["header", "main", "h1"].filter((name) => document.querySelectorAll(name).length !== 1)
  )
  assert.deepStrictEqual(landmarks, [])
}
