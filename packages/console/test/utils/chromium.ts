/** A Chromium of this machine's own, and a page in it. */
import * as Effect from "effect/Effect"
import { existsSync } from "node:fs"
import { chromium } from "playwright-core"

export const executablePath = [
  process.env["CHROMIUM_PATH"],
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
].find((path) => path !== undefined && existsSync(path))

/** A browser for as long as the scope is open. */
export const browser = Effect.acquireRelease(
  Effect.promise(() => chromium.launch({ executablePath: executablePath!, args: ["--no-sandbox"] })),
  (browser) => Effect.promise(() => browser.close())
)
