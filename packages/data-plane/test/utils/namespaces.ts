import * as Effect from "effect/Effect"
import type { Sent } from "./memoryIndex.js"
import { bytesOf } from "./memoryIndex.js"
import type { Answer } from "./stub.js"
import { json } from "./stub.js"

type Namespaces = Map<string, Map<string, Sent>>

const compare = (a: string, b: string): number => a < b ? -1 : a > b ? 1 : 0

const page = <A>(all: ReadonlyArray<A>, params: URLSearchParams) => {
  const from = Number(params.get("paginationToken") ?? 0)
  const to = from + Number(params.get("limit") ?? 100)
  return { items: all.slice(from, to), ...(to < all.length ? { pagination: { next: String(to) } } : {}) }
}

/** Indexes by their hosts, whose namespaces can be listed, read and written. */
export const hosts = (refuses: (record: Sent) => Response | undefined = () => undefined) => {
  const indexes = new Map<string, Namespaces>()
  const counts = { fetched: 0, written: 0, mostBetween: 0, lists: 0 }
  const at = (host: string): Namespaces => {
    const known = indexes.get(host) ?? new Map<string, Map<string, Sent>>()
    indexes.set(host, known)
    return known
  }
  const sorted = new WeakMap<Map<string, Sent>, ReadonlyArray<string>>()
  /** The ids of a namespace: none is ever deleted, so that as many as before are the same as before. */
  const idsOf = (records: Map<string, Sent>): ReadonlyArray<string> => {
    const known = sorted.get(records)
    if (known?.length === records.size) return known
    const ids = [...records.keys()].sort(compare)
    sorted.set(records, ids)
    return ids
  }
  const answer: Answer = (request, url) =>
    Effect.sync(() => {
      const namespaces = at(url.hostname)
      const params = url.searchParams
      const namespace = params.get("namespace") ?? ""
      const records = namespaces.get(namespace) ?? new Map<string, Sent>()
      switch (url.pathname) {
        case "/namespaces": {
          const { items, ...rest } = page([...namespaces.keys()].sort(compare), params)
          return json({ namespaces: items.map((name) => ({ name })), ...rest })
        }
        case "/vectors/list": {
          counts.lists++
          const prefix = params.get("prefix") ?? ""
          const ids = idsOf(records)
          const { items, ...rest } = page(prefix === "" ? ids : ids.filter((id) => id.startsWith(prefix)), params)
          return json({ vectors: items.map((id) => ({ id })), namespace, ...rest })
        }
        case "/vectors/fetch": {
          const found = params.getAll("ids").flatMap((id) => records.get(id) ?? [])
          counts.fetched += found.length
          counts.mostBetween = Math.max(counts.mostBetween, counts.fetched - counts.written)
          return json({ vectors: Object.fromEntries(found.map((record) => [record.id, record])), namespace })
        }
        case "/vectors/upsert": {
          const body = JSON.parse(new TextDecoder().decode(bytesOf(request))) as {
            readonly vectors: ReadonlyArray<Sent>
            readonly namespace?: string
          }
          for (const record of body.vectors) {
            const refusal = refuses(record)
            if (refusal !== undefined) return refusal
          }
          counts.written += body.vectors.length
          const into = namespaces.get(body.namespace ?? "") ?? new Map<string, Sent>()
          namespaces.set(body.namespace ?? "", into)
          for (const record of body.vectors) into.set(record.id, record)
          return json({ upsertedCount: body.vectors.length })
        }
        default:
          return new Response("", { status: 404 })
      }
    })
  /** Puts records where they are to be copied from. */
  const put = (host: string, namespace: string, records: Iterable<Sent>) => {
    at(host).set(namespace, new Map(Array.from(records, (record) => [record.id, record])))
  }
  return { answer, at, counts, put }
}
