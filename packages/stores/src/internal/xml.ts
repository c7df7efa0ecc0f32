import type { XmlElement } from "@rgrove/parse-xml"
import { parseXml, XmlElement as Element } from "@rgrove/parse-xml"

/** An element of an answer. */
export interface Xml {
  readonly name: string
  readonly child: (name: string) => Xml | undefined
  readonly children: (name: string) => ReadonlyArray<Xml>
  /** The text of a child, if it is there. */
  readonly text: (name: string) => string | undefined
  readonly attribute: (name: string) => string | undefined
  /** Its own text. */
  readonly content: string
}

const wrap = (element: XmlElement): Xml => {
  const children = (name: string): ReadonlyArray<Xml> => {
    const found: Array<Xml> = []
    for (const node of element.children) {
      if (node instanceof Element && node.name === name) found.push(wrap(node))
    }
    return found
  }
  return {
    name: element.name,
    children,
    child: (name) => children(name)[0],
    text: (name) => children(name)[0]?.content,
    attribute: (name) => element.attributes[name],
    content: element.text
  }
}

/** The root of a document, or undefined where the text is not XML. */
export const parse = (text: string): Xml | undefined => {
  try {
    const { root } = parseXml(text.replace(/^\uFEFF/, ""))
    return root === null ? undefined : wrap(root)
  } catch {
    return undefined
  }
}

const escapes: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", "\"": "&quot;" }

/** A text within an element. */
export const escape = (text: string): string => text.replace(/[&<>"]/g, (character) => escapes[character]!)
