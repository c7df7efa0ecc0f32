import { buildPage } from "../../page/build.js"

/** The page is built once, before the tests that open it. */
export default async (): Promise<void> => {
  await buildPage()
}
