import * as Stream from "effect/Stream"

const encoder = new TextEncoder()

/** A text in quotes, as browsers write the names of a form. */
const quoted = (text: string): string =>
  `"${text.replaceAll("\n", "%0A").replaceAll("\r", "%0D").replaceAll("\"", "%22")}"`

/** Nobody who writes a file can know it. */
export const randomBoundary = (): string => {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return `effect-pinecone-${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`
}

/** What a form is made of. */
export interface Form {
  readonly boundary: string
  readonly fields: Readonly<Record<string, string>>
  /** The name of the part that is the file. */
  readonly part: string
  readonly fileName: string
  readonly contentType: string
}

/** What stands around the content of the file. The fields come first: who reads the form knows them before the file. */
const around = ({ boundary, contentType, fields, fileName, part }: Form): readonly [Uint8Array, Uint8Array] => {
  const begin = (name: string) => `--${boundary}\r\nContent-Disposition: form-data; name=${quoted(name)}`
  const head = Object.entries(fields).map(([name, value]) => `${begin(name)}\r\n\r\n${value}\r\n`).join("")
  return [
    encoder.encode(`${head}${begin(part)}; filename=${quoted(fileName)}\r\nContent-Type: ${contentType}\r\n\r\n`),
    encoder.encode(`\r\n--${boundary}--\r\n`)
  ]
}

/** A form with one file (`multipart/form-data`), never all of it at a time. Its length is known where the file's is. */
export const make = <E, R>(
  form: Form,
  content: Stream.Stream<Uint8Array, E, R>,
  size: number | undefined
): {
  readonly contentType: string
  readonly contentLength: number | undefined
  readonly stream: Stream.Stream<Uint8Array, E, R>
} => {
  const [head, tail] = around(form)
  return {
    contentType: `multipart/form-data; boundary=${form.boundary}`,
    contentLength: size === undefined ? undefined : head.length + size + tail.length,
    stream: Stream.make(head).pipe(Stream.concat(content), Stream.concat(Stream.make(tail)))
  }
}
