// @ts-check
// The program that reads a PDF, as a process of its own, without a loader in front of it: hence JavaScript.
import { readFile } from "node:fs/promises"
import { argv } from "node:process"
import { getDocumentProxy } from "unpdf"

/** @import { Item, Told } from "./pdfProtocol.js" */

/**
 * @param {Told} told
 * @param {() => void} [then]
 */
const tell = (told, then) => process.send?.(told, undefined, undefined, then)

/** @param {string} file */
const read = async (file) => {
  const pdf = await getDocumentProxy(new Uint8Array(await readFile(file)), { verbosity: 0 })
  for (let number = 1; number <= pdf.numPages; number++) {
    const page = await pdf.getPage(number)
    const { items } = await page.getTextContent()
    page.cleanup()
    /** @type {Array<Item>} */
    const texts = []
    for (const item of items) {
      if (!("str" in item)) continue
      texts.push({ text: item.str, y: Number(item.transform[5]), height: item.height, endsLine: item.hasEOL })
    }
    tell({ page: texts })
  }
}

/** @param {Told} told */
const end = (told) => tell(told, () => process.exit())

read(argv[2] ?? "").then(
  () => end({ done: true }),
  (error) => end({ failed: { name: String(error?.name), message: String(error?.message ?? error) } })
)
