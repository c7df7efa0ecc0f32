/**
 * Loads the page in parts, each of which is evaluated in a task of its own. All of them in one task would keep the browser from
 * answering while their Schemas are made. Effect is in the first part, so what waits for it is a plain loop.
 */
const parts = [
  () => import("./parts/effect.js"),
  () => import("./parts/schema.js"),
  () => import("./parts/models.js"),
  () => import("./parts/calls.js"),
  () => import("./main.js")
]

for (const part of parts) {
  await part()
  // What the browser has to do meanwhile comes first.
  await new Promise((resolve) => setTimeout(resolve))
}
