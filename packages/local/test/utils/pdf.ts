/** Writes PDF files of plain text. */

const escaped = (text: string): string => text.replace(/[\\()]/g, (character) => `\\${character}`)

/** The content of a page: its lines from the top, those of a paragraph close to each other. */
const content = (paragraphs: ReadonlyArray<ReadonlyArray<string>>): string => {
  let y = 780
  let text = "BT /F1 11 Tf"
  for (const lines of paragraphs) {
    for (const line of lines) {
      text += ` 1 0 0 1 60 ${y} Tm (${escaped(line)}) Tj`
      y -= 14
    }
    y -= 14
  }
  return `${text} ET`
}

/** A PDF of these pages: paragraphs of lines, in ASCII. */
export const pdf = (pages: ReadonlyArray<ReadonlyArray<ReadonlyArray<string>>>): Uint8Array => {
  const objects: Array<string> = []
  const kids = pages.map((_, i) => `${4 + 2 * i} 0 R`).join(" ")
  objects.push("<< /Type /Catalog /Pages 2 0 R >>")
  objects.push(`<< /Type /Pages /Kids [${kids}] /Count ${pages.length} >>`)
  objects.push("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
  pages.forEach((page, i) => {
    const stream = content(page)
    objects.push(
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents ${5 + 2 * i} 0 R `
        + "/Resources << /Font << /F1 3 0 R >> >> >>"
    )
    objects.push(`<< /Length ${stream.length} >>\nstream\n${stream}\nendstream`)
  })
  let text = "%PDF-1.4\n"
  const offsets = objects.map((object, i) => {
    const offset = text.length
    text += `${i + 1} 0 obj\n${object}\nendobj\n`
    return offset
  })
  const start = text.length
  text += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n`
  for (const offset of offsets) text += `${String(offset).padStart(10, "0")} 00000 n \n`
  text += `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${start}\n%%EOF\n`
  return new TextEncoder().encode(text)
}
