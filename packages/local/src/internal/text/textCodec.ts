/**
 * A text index as bytes, so that it can be kept beside the data: without what is dead, in chunks of about a megabyte.
 *
 * The first entry is the name and version of the format with the settings of the fields: bytes of another version, or of
 * other settings, are not read. They carry no checksum: whoever keeps them sees to it that they are whole.
 */
import type { Job } from "../job.js"
import * as job from "../job.js"
import { Numbers } from "../numbers.js"
import type { Analyser } from "./analyser.js"
import { ByteReader, ByteWriter } from "./bytes.js"
import { atOnce, unitsAtOnce } from "./matches.js"
import { TextIndex } from "./textIndex.js"

/** Another one where the format changes, or what the analysers make of a text. */
const version = 1

const headOf = (analysers: ReadonlyArray<readonly [name: string, Analyser]>): string =>
  JSON.stringify(["effect-pinecone text index", version, analysers.map(([name, { settings }]) => [name, settings])])

/** More than a document of any limit has. */
const maxNumber = 2 ** 31 - 1

const unitsOfPosting = 1 / 4

/** The index as it is now. The job must be run to its end or closed. */
export const encode = (index: TextIndex): Job<ReadonlyArray<Uint8Array>> => {
  const held = index.hold()
  const dictionaries = held.fields.map((field) => field.dictionary())
  return job.make(function*(budget) {
    const { documents, fields } = held
    const writer = new ByteWriter()
    writer.text(headOf(fields.map(({ analyser, name }) => [name, analyser])))
    const numbers = new Int32Array(documents.count).fill(-1)
    let alive = 0
    for (let document = 0; document < documents.count; document++) {
      if (document % atOnce === 0 && (budget.left -= unitsAtOnce) < 0) yield
      if (documents.isAlive(document)) numbers[document] = alive++
    }
    writer.varint(alive)
    for (let document = 0; document < documents.count; document++) {
      if (document % atOnce === 0 && (budget.left -= 2 * unitsAtOnce) < 0) yield
      if (numbers[document] < 0) continue
      writer.endEntry()
      writer.varint(documents.slotOf(document))
      writer.varint(documents.sequenceOf(document))
      for (const { lengths } of fields) writer.varint(lengths[document])
    }
    const positions = new Numbers()
    for (const [place, field] of fields.entries()) {
      const dictionary = dictionaries[place]
      for (let word = 0; word < dictionary.length; word++) {
        if (--budget.left < 0) yield
        const text = dictionary.wordAt(word)
        if (text === undefined) continue
        const list = dictionary.listAt(word)
        let count = 0
        for (const reader = field.read(list); reader.next();) {
          if ((budget.left -= unitsOfPosting) < 0) yield
          if (numbers[reader.document] >= 0) count++
        }
        if (count === 0) continue
        writer.endEntry()
        writer.text(text)
        writer.varint(count)
        let before = -1
        for (const reader = field.read(list); reader.next();) {
          if ((budget.left -= unitsOfPosting) < 0) yield
          const document = numbers[reader.document]
          if (document < 0) continue
          writer.endEntry()
          reader.positions(positions)
          writer.varint(document - before)
          writer.varint(positions.length)
          let last = 0
          for (let i = 0; i < positions.length; i++) {
            writer.varint(positions.values[i] - last)
            last = positions.values[i]
          }
          before = document
        }
      }
      // No word is empty: the end of the field.
      writer.text("")
    }
    writer.endChunk()
    return writer.chunks
  }, held.letGo)
}

/** The index that was encoded, or `undefined` where the bytes are of another format or other settings, or not whole. */
export const decode = (
  analysers: Readonly<Record<string, Analyser>>,
  chunks: ReadonlyArray<Uint8Array>
): Job<TextIndex | undefined> =>
  job.make(function*(budget) {
    const reader = new ByteReader(chunks)
    const fields = Object.entries(analysers)
    if (reader.text() !== headOf(fields)) return undefined
    const index = new TextIndex(analysers)
    const restoring = index.restoring()
    const alive = reader.varint()
    const lengths = new Array<number>(fields.length)
    for (let document = 0; document < alive; document++) {
      if (document % atOnce === 0 && (budget.left -= 2 * unitsAtOnce) < 0) yield
      const slot = reader.varint()
      const sequence = reader.varint()
      for (let field = 0; field < fields.length; field++) lengths[field] = reader.varint()
      if (reader.isShort || slot > maxNumber || !restoring.addDocument(slot, sequence, lengths)) return undefined
    }
    const positions = new Numbers()
    for (let field = 0; field < fields.length; field++) {
      for (let word = reader.text(); word !== ""; word = reader.text()) {
        if (--budget.left < 0) yield
        const count = reader.varint()
        let document = -1
        for (let i = 0; i < count; i++) {
          if ((budget.left -= unitsOfPosting) < 0) yield
          document += reader.varint()
          const frequency = reader.varint()
          positions.length = 0
          let position = 0
          for (let j = 0; j < frequency && !reader.isShort; j++) positions.push(position += reader.varint())
          if (reader.isShort || document >= alive || frequency === 0) return undefined
          restoring.addPosting(field, word, document, positions)
        }
      }
    }
    return reader.isShort || !reader.isAtEnd ? undefined : index
  })
