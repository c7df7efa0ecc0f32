import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Answer } from "./stub.js"
import { json, model } from "./stub.js"

/** A record as the body of an upsert has it. */
export interface Sent {
  readonly id: string
  readonly values?: ReadonlyArray<number>
  readonly metadata?: Readonly<Record<string, unknown>>
}

/** A document as the body of an upsert has it. */
interface Document {
  readonly _id: string
  readonly vector?: ReadonlyArray<number>
}

const ofDocument = ({ _id, vector }: Document): Sent => ({
  id: _id,
  ...(vector === undefined ? {} : { values: vector })
})

const answerTo = ({ pathname }: URL, count: number) =>
  pathname === "/vectors/upsert"
    ? { upsertedCount: count }
    : pathname.endsWith("/documents/upsert")
    ? { upserted_count: count }
    : {}

/** A request that the index has got. */
export interface Got {
  readonly path: string
  readonly bytes: number
  readonly records: ReadonlyArray<Sent>
  readonly at: number
}

/** Tells how large the body was as it was sent, where it comes in another form. */
export const sizeHeader = "x-test-size"

export const bytesOf = (request: HttpClientRequest.HttpClientRequest): Uint8Array =>
  request.body._tag === "Uint8Array" ? request.body.body : new Uint8Array(0)

/** An index that keeps what is written, answers at once, and refuses records that `refuses` says so of. */
export const memoryIndex = (refuses: (record: Sent) => boolean = () => false) => {
  const records = new Map<string, Sent>()
  const requests: Array<Got> = []
  /** How often each record was written. */
  const writes = new Map<string, number>()
  let lsn = 0
  const answer: Answer = (request, url) =>
    Effect.map(Clock.currentTimeMillis, (at) => {
      if (url.pathname.startsWith("/indexes/")) return json(model)
      const bytes = bytesOf(request)
      const body = JSON.parse(new TextDecoder().decode(bytes)) as {
        readonly vectors?: ReadonlyArray<Sent>
        readonly documents?: ReadonlyArray<Document>
        readonly ids?: ReadonlyArray<string>
        readonly id?: string
        readonly setMetadata?: Readonly<Record<string, unknown>>
      }
      const sent = body.vectors ?? body.documents?.map(ofDocument) ?? []
      const size = Number(request.headers[sizeHeader] ?? bytes.length)
      requests.push({ path: url.pathname, bytes: size, records: sent, at })
      const wrong = sent.find(refuses)
      if (wrong !== undefined) return json({ code: 3, message: `record ${wrong.id} is refused`, details: [] }, 400)
      for (const record of sent) {
        records.set(record.id, record)
        writes.set(record.id, (writes.get(record.id) ?? 0) + 1)
      }
      for (const id of body.ids ?? []) records.delete(id)
      if (body.id !== undefined) {
        const old = records.get(body.id)
        if (old !== undefined) {
          records.set(body.id, { ...old, metadata: { ...old.metadata, ...body.setMetadata } })
        }
      }
      lsn++
      return json(answerTo(url, sent.length), 200, {
        "x-pinecone-request-lsn": String(lsn)
      })
    })
  return { answer, records, requests, writes }
}

/** Lets others go on for so many rounds of the event loop. */
export const rounds = (times: number): Effect.Effect<void> =>
  Effect.async<void>((resume) => {
    let left = times
    let handle: NodeJS.Immediate | undefined
    const next = () => {
      if (left-- > 0) handle = setImmediate(next)
      else resume(Effect.void)
    }
    next()
    return Effect.sync(() => clearImmediate(handle))
  })

/** The writes that are open at a server: how many, the most that were, and whether two of them ever had a record in common. */
export const watched = (answer: Answer) => {
  const seen = { open: 0, most: 0, common: false }
  const inFlight = new Set<string>()
  const watching: Answer = (request, url) =>
    url.pathname.startsWith("/indexes/") ? answer(request, url) : Effect.suspend(() => {
      const body = JSON.parse(new TextDecoder().decode(bytesOf(request))) as {
        readonly vectors?: ReadonlyArray<Sent>
        readonly documents?: ReadonlyArray<Document>
        readonly id?: string
      }
      const ids = (body.vectors ?? body.documents?.map(ofDocument))?.map(({ id }) => id) ??
        (body.id === undefined ? [] : [body.id])
      seen.open++
      seen.most = Math.max(seen.most, seen.open)
      for (const id of ids) {
        seen.common ||= inFlight.has(id)
        inFlight.add(id)
      }
      return Effect.ensuring(
        answer(request, url),
        Effect.sync(() => {
          seen.open--
          for (const id of ids) inFlight.delete(id)
        })
      )
    })
  return { answer: watching, seen }
}
