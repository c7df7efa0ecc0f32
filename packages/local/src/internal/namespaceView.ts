import { Columns } from "./columns.js"
import type { Kept } from "./fieldCodes.js"
import { FieldCodes, slotsPerChunk, YES } from "./fieldCodes.js"
import type { Metadata, Predicate, SearchPredicate } from "./filter.js"
import { valueOf } from "./filter.js"
import { IdMap } from "./idMap.js"
import type { Budget, Job, Wait } from "./job.js"
import * as job from "./job.js"
import type { Found as FoundAside } from "./scans/protocol.js"
import type { Threads } from "./scans/threads.js"
import { Slots } from "./slots.js"
import { compareIds, SortedIds } from "./sortedIds.js"
import type { SparseVector } from "./sparseBlock.js"
import { hasIndex, sortedCopy, SparseBlock } from "./sparseBlock.js"
import { Addition } from "./sparseSums.js"
import type { PackedColumns } from "./sqlite/protocol.js"
import type { Analyser } from "./text/analyser.js"
import type { Clause } from "./text/queryTree.js"
import type { Texts } from "./text/textIndex.js"
import { TextIndex } from "./text/textIndex.js"
import * as textSearch from "./text/textSearch.js"
import { TopK } from "./topK.js"
import type { Aside, BlockOptions, Metric, Region, Stage, VectorsInFile } from "./vectorBlock.js"
import { VectorBlock } from "./vectorBlock.js"

export type { SparseVector } from "./sparseBlock.js"
export type { Metric } from "./vectorBlock.js"

/** A record. */
export interface StoredRecord {
  readonly id: string
  readonly values: Float32Array | undefined
  readonly sparseValues: SparseVector | undefined
  readonly metadata: Metadata | undefined
}

/** A query: by a dense vector, by a sparse one or, with the dot product, by the sum of both. */
export interface SearchOptions {
  readonly vector?: Float32Array | undefined
  readonly sparseVector?: SparseVector | undefined
  readonly topK: number
  readonly predicate?: SearchPredicate | undefined
  /** Whether a record without a dense vector is passed over in a search by one, where its product would be 0. */
  readonly onlyDense?: boolean | undefined
  /** Only records whose sparse vector has all of these indices. */
  readonly terms?: ReadonlyArray<number> | undefined
  /** Whether the hits have their vectors. */
  readonly includeValues?: boolean | undefined
}

/** A search of the full-text fields. */
export interface TextSearchOptions extends Pick<SearchOptions, "topK" | "predicate" | "includeValues"> {
  readonly clauses: ReadonlyArray<Clause>
}

/** The full-text fields of the records, each with its analyser: the metadata has a text, or nothing, under their names. */
export type Analysers = Readonly<Record<string, Analyser>>

/** What all records of a namespace have in common. */
export interface ViewOptions {
  readonly metric: Metric
  /** Absent for a sparse index. */
  readonly dimension: number | undefined
  readonly analysers?: Analysers | undefined
  /** Where long scans go, if anywhere. */
  readonly threads?: Threads | undefined
  readonly block?: BlockOptions | undefined
}

/** A record that was found, as it was when the search began. Its vectors are there where they were asked for. */
export interface Hit extends StoredRecord {
  readonly score: number
}

export interface PageOptions {
  readonly predicate?: Predicate | undefined
  readonly prefix?: string | undefined
  /** The last id of the page before. */
  readonly after?: string | undefined
  readonly limit: number
}

/** Some of the records, and whether there are more. */
export interface RecordPage {
  readonly records: ReadonlyArray<StoredRecord>
  readonly more: boolean
}

/** A record as it was written: a write makes a new one, so that a job that is under way can keep the old one. */
class Entry {
  /** A copy of its dense vector, or that it has none: kept where its slot is written anew while a job may ask for it. */
  kept: { readonly values: Float32Array | undefined } | undefined = undefined

  constructor(
    readonly id: string,
    readonly slot: number,
    /** When a record of this id was first inserted. */
    readonly sequence: number,
    /** When this one was written. */
    public version: number,
    readonly sparseValues: SparseVector | undefined,
    /** The number of its sparse vector, or -1. */
    readonly document: number,
    public metadata: Metadata | undefined
  ) {}

  /** Gives it other metadata, where no job is under way. */
  rewrite(metadata: Metadata | undefined, version: number): void {
    this.metadata = metadata
    this.version = version
  }
}

/** A job that is under way. It sees the entries of its version and of earlier ones. */
interface Watcher {
  readonly version: number
  readonly keepsValues: boolean
  /** Looks at an entry that is about to be replaced or removed, if it has not yet. */
  readonly before: (entry: Entry) => void
}

/** A part of an entry. What has no version is older than whatever looks at it. */
type Looked = Pick<Entry, "id" | "metadata"> & Partial<Pick<Entry, "version">>

/** Everything of a namespace, until it is cleared. */
class Table {
  readonly block: VectorBlock
  readonly sparse = new SparseBlock()
  /** The slot of each id that is not in the columns. */
  private readonly slots = new IdMap()
  /** What has been looked at or written since the columns were read. */
  private readonly entries = new Slots<Entry>()
  private columns: Columns | undefined
  /** The values of the fields that filters ask for. */
  readonly fields = new FieldCodes((slot) => this.lookAt(slot)?.metadata)
  readonly ids: SortedIds
  texts: TextIndex | undefined
  readonly watchers = new Set<Watcher>()
  /** How many writes there were. */
  version = 0
  private nextSequence = 0

  constructor(dimension: number, private readonly analysers: Analysers | undefined, options: BlockOptions | undefined) {
    this.block = new VectorBlock(dimension, options)
    this.texts = analysers && new TextIndex(analysers)
    this.ids = new SortedIds({
      has: (id) => this.has(id),
      idAt: (slot) => this.entries.get(slot)?.id ?? this.columns?.idAt(slot),
      end: () => this.block.end,
      size: () => this.size
    })
  }

  get size(): number {
    return this.slots.size + (this.columns?.size ?? 0)
  }

  has(id: string): boolean {
    return this.slotOf(id) !== undefined
  }

  entryOf(id: string): Entry | undefined {
    const slot = this.slotOf(id)
    return slot === undefined ? undefined : this.entryAt(slot)
  }

  entryAt(slot: number): Entry | undefined {
    return this.entries.get(slot) ?? this.unpacked(slot)
  }

  /** What is there of a record, for who looks at each of them once: it is not kept. */
  lookAt(slot: number): Looked | undefined {
    return this.entries.get(slot) ?? this.columns?.recordAt(slot)
  }

  upsert({ id, metadata, sparseValues, values }: StoredRecord): void {
    if (values !== undefined) this.block.checkLength(values)
    const before = this.entryOf(id)
    if (before !== undefined) this.leave(before)
    const sequence = before?.sequence ?? this.nextSequence++
    const slot = before?.slot ?? this.block.allocate(sequence)
    this.block.write(slot, values)
    const sparse = sparseValues && sortedCopy(sparseValues)
    const document = sparse === undefined ? -1 : this.sparse.add(slot, sparse)
    this.entries.set(slot, new Entry(id, slot, sequence, ++this.version, sparse, document, metadata))
    this.fields.write(slot, metadata)
    this.writeTexts(slot, sequence, metadata, before)
    if (before === undefined) {
      this.slots.set(id, slot)
      this.ids.add(id)
    }
  }

  /** Says which record the vector of a slot is of. Slots are in the order in which their records were first inserted. */
  attach(slot: number, { id, metadata, sparseValues }: StoredRecord): void {
    const old = this.entryOf(id)
    if (old !== undefined) this.remove(old)
    const sparse = sparseValues && sortedCopy(sparseValues)
    const document = sparse === undefined ? -1 : this.sparse.add(slot, sparse)
    this.entries.set(slot, new Entry(id, slot, slot, ++this.version, sparse, document, metadata))
    this.fields.write(slot, metadata)
    this.writeTexts(slot, slot, metadata, undefined)
    this.slots.set(id, slot)
    this.ids.add(id)
    this.nextSequence = slot + 1
  }

  /** The same for many records, each of which becomes an entry when it is looked at. Nobody asks a filter before all have come. */
  attachColumns(columns: PackedColumns, slots: Int32Array): void {
    const all = this.columns ??= new Columns(this.block.end)
    all.add(columns, slots, (slot) => {
      const old = this.entryAt(slot)
      if (old !== undefined) this.remove(old)
    })
    this.nextSequence = this.block.end
    if (this.slots.size === 0) return
    for (const slot of slots) {
      const id = all.idAt(slot)
      const before = id === undefined ? undefined : this.slots.get(id)
      const old = before === undefined ? undefined : this.entries.get(before)
      if (old !== undefined) this.remove(old)
    }
  }

  remove(entry: Entry): void {
    this.vacate(entry)
    if (this.columns?.drop(entry.slot) !== true) this.slots.delete(entry.id)
    this.ids.remove(entry.id)
  }

  setMetadata(entry: Entry, metadata: Metadata | undefined): void {
    const { document, id, sequence, slot, sparseValues } = entry
    this.fields.write(slot, metadata)
    if (this.watchers.size === 0) {
      // Nobody has the old one: half a million new ones would be work for the garbage collector alone.
      this.writeTexts(slot, sequence, metadata, entry)
      entry.rewrite(metadata, ++this.version)
      return
    }
    this.watched(entry)
    this.entries.set(slot, new Entry(id, slot, sequence, ++this.version, sparseValues, document, metadata))
    this.writeTexts(slot, sequence, metadata, entry)
  }

  /** The record, with copies of its values, also if it is there no more. */
  recordOf({ id, kept, metadata, slot, sparseValues }: Entry): StoredRecord {
    return {
      id,
      values: kept === undefined ? this.block.read(slot) : kept.values?.slice(),
      sparseValues: sparseValues && { indices: sparseValues.indices.slice(), values: sparseValues.values.slice() },
      metadata
    }
  }

  private slotOf(id: string): number | undefined {
    return this.slots.get(id) ?? this.columns?.slotOf(id)
  }

  private unpacked(slot: number): Entry | undefined {
    const record = this.columns?.recordAt(slot)
    if (record === undefined) return undefined
    // It is older than whatever looks at it.
    const entry = new Entry(record.id, slot, slot, 0, undefined, -1, record.metadata)
    this.entries.set(slot, entry)
    return entry
  }

  /** Frees the slot of an entry. */
  private vacate(entry: Entry): void {
    this.leave(entry)
    this.version++
    this.block.release(entry.slot)
    this.entries.set(entry.slot, undefined)
    this.texts?.remove(entry.slot)
  }

  private writeTexts(slot: number, sequence: number, metadata: Metadata = {}, before: Entry | undefined): void {
    if (this.analysers === undefined || this.texts === undefined) return
    if (before === undefined || !this.hasTexts(before, metadata)) this.texts.write(slot, textsOf(metadata), sequence)
  }

  /** Whether the texts of an entry are those of the metadata. */
  hasTexts(entry: Entry, metadata: Metadata): boolean {
    for (const name of Object.keys(this.analysers ?? {})) {
      if (valueOf(entry.metadata, name) !== valueOf(metadata, name)) return false
    }
    return true
  }

  private leave(entry: Entry): void {
    this.watched(entry)
    if (entry.sparseValues !== undefined) this.sparse.remove(entry.document, entry.sparseValues)
  }

  private watched(entry: Entry): void {
    if (this.watchers.size === 0) return
    let keeps = false
    for (const watcher of this.watchers) {
      if (entry.version > watcher.version) continue
      watcher.before(entry)
      keeps ||= watcher.keepsValues
    }
    if (keeps) entry.kept ??= { values: this.block.read(entry.slot) }
  }
}

/** A slot that was found. */
export interface Found {
  readonly slot: number
  readonly score: number
  readonly values: Float32Array | undefined
}

/** A search that is under way. Each range of slots is to be scanned once. */
export interface Seeking {
  /** What a slot costs, as in a job. */
  readonly units: number
  readonly scan: (from: number, to: number) => void
  readonly result: () => ReadonlyArray<Found>
}

/**
 * A view that is given the vectors of its records first, by slots in the order in which the records were first inserted, and
 * the records later. Until it has them all, nothing but this may look at it or change it.
 */
export class Filling {
  constructor(private readonly table: Table, private readonly metric: Metric) {}

  /** Where the vectors of the next slots go, which others follow. */
  adopt(count: number, more: number): ReadonlyArray<Region> {
    return this.table.block.adopt(count, more)
  }

  /** Takes the first slots, whose vectors stay in a file: whether that is possible here. */
  adoptInFile(count: number, file: VectorsInFile): boolean {
    return this.table.block.adoptInFile(count, file)
  }

  /** Memory for vectors on their way to their codes, if there is some. */
  stage(rows: number): Stage | undefined {
    return this.table.block.stage(rows)
  }

  /** Some of them are there. */
  filled(firstSlot: number, rows: number, hasValues: (slot: number) => boolean): void {
    this.table.block.filled(firstSlot, rows, hasValues)
  }

  write(slot: number, values: Float32Array | undefined): void {
    this.table.block.write(slot, values)
  }

  /** Another slot, after all that are there: none may have been dropped yet. */
  append(values: Float32Array | undefined): void {
    this.table.block.write(this.table.block.allocate(), values)
  }

  /** A slot has no record. */
  drop(slot: number): void {
    this.table.block.release(slot)
  }

  /** Whether records without sparse vectors become entries only when they are looked at. */
  get takesColumns(): boolean {
    return this.table.texts === undefined
  }

  /** A slot has this record, whose vector is there. Records come in the order of their slots. */
  attach(slot: number, record: StoredRecord): void {
    this.table.attach(slot, record)
  }

  /** The same for many of them at once, which have no sparse vectors. A slot of -1 is none. */
  attachColumns(columns: PackedColumns, slots: Int32Array): void {
    this.table.attachColumns(columns, slots)
  }

  /** Finds what `NamespaceView.search` finds without a filter, by slot, in ranges of slots that come in any order. */
  seek({ includeValues, topK }: SearchOptions, query: Float32Array): Seeking {
    const { metric, table: { block } } = this
    // The order of the slots is that of the insertions.
    const top = new TopK<{ readonly sequence: number }>(Math.min(topK, block.end))
    const scan = block.scan({
      metric,
      query,
      top,
      offer: (key, slot) => top.offer(key, { sequence: slot }),
      // The answer does not wait for codes that only later ones need.
      encodes: false
    })
    return {
      units: unitsOfVector(block),
      scan: (from, to) => scan(from, to),
      result: () =>
        top.drain((key, { sequence: slot }) => ({
          slot,
          score: scoreOf(metric, key),
          values: includeValues === true ? block.read(slot) : undefined
        }))
    }
  }
}

/**
 * The records of one namespace, in memory: what queries, lists and filters look at.
 *
 * What goes over many records is a job, to be done in slices with writes between them. It sees the records as they were
 * when it was made: before a record changes, each job that is under way looks at the old one, and what is newer than a job
 * it does not see. A job must be run to its end or closed.
 */
export class NamespaceView {
  private table: Table

  constructor(private readonly options: ViewOptions) {
    this.table = this.emptyTable()
  }

  private emptyTable(): Table {
    return new Table(this.options.dimension ?? 0, this.options.analysers, this.options.block)
  }

  /** The index of the full-text fields, where there are some. */
  get texts(): TextIndex | undefined {
    return this.table.texts
  }

  /** About what searches keep in memory beside the records, in bytes: words, codes of metadata, lists of sparse values. */
  get searchBytes(): number {
    const { fields, sparse, texts } = this.table
    return (texts?.bytes ?? 0) + fields.bytes + sparse.keptBytes
  }

  /** Takes in the texts of records that are about to be upserted, in slices: no search finds them before they are. */
  prepareTexts(records: ReadonlyArray<StoredRecord>): Job<void> {
    const { table } = this
    const texts = records.flatMap(({ id, metadata }) => {
      const before = table.entryOf(id)
      return metadata === undefined || (before !== undefined && table.hasTexts(before, metadata))
        ? []
        : [textsOf(metadata)]
    })
    return table.texts?.prepare(texts) ?? job.done(undefined)
  }

  /** Lets go of texts that were prepared, of records that have not been upserted. */
  discardTexts(records: ReadonlyArray<StoredRecord>): void {
    this.table.texts?.discard(records.flatMap(({ metadata }) => metadata === undefined ? [] : [textsOf(metadata)]))
  }

  /** Has what is prepared in another view, if this one has had no text yet. */
  adoptTexts({ table: { texts } }: NamespaceView): void {
    if (this.table.texts?.isUnused === true) this.table.texts = texts
  }

  get size(): number {
    return this.table.size
  }

  /** How an empty view is given its records in bulk. */
  fill(): Filling {
    return new Filling(this.table, this.options.metric)
  }

  /** Inserts the record, or replaces the one with the same id. */
  upsert(record: StoredRecord): void {
    this.table.upsert(record)
  }

  /** Whether there was such a record. */
  remove(id: string): boolean {
    const entry = this.table.entryOf(id)
    if (entry !== undefined) this.table.remove(entry)
    return entry !== undefined
  }

  /** Jobs that are under way go on with what was there. */
  clear(): void {
    this.table = this.emptyTable()
  }

  /** The record, with copies of its values. The indices of its sparse values are in ascending order. */
  get(id: string): StoredRecord | undefined {
    const entry = this.table.entryOf(id)
    return entry && this.table.recordOf(entry)
  }

  has(id: string): boolean {
    return this.table.has(id)
  }

  /** The metadata of the record, if there is one. */
  metadataOf(id: string): Metadata | undefined {
    return this.table.entryOf(id)?.metadata
  }

  /** Replaces the metadata of the record, if there is one. */
  setMetadata(id: string, metadata: Metadata | undefined): void {
    const entry = this.table.entryOf(id)
    if (entry !== undefined) this.table.setMetadata(entry, metadata)
  }

  /** The best records, the best first, and those of equal scores in the order in which they were first inserted. */
  search(options: SearchOptions): Job<ReadonlyArray<Hit>> {
    const capacity = Math.max(0, Math.min(options.topK, this.size))
    if (capacity === 0) return job.done([])
    if (options.vector !== undefined) return this.searchDense(options, options.vector, capacity)
    return options.sparseVector === undefined
      ? job.done([])
      : this.searchSparse(options, options.sparseVector, capacity)
  }

  /** The records that a search of their texts finds, in the same order. */
  searchTexts(options: TextSearchOptions): Job<ReadonlyArray<Hit>> {
    const { table } = this
    const { texts, version } = table
    if (texts === undefined) return job.done([])
    const { clauses, includeValues, predicate, topK } = options
    /** What has changed meanwhile, as it was. */
    const old = new Map<number, Entry>()
    const entryAt = (slot: number): Entry | undefined => {
      const entry = old.size === 0 ? table.entryAt(slot) : old.get(slot) ?? table.entryAt(slot)
      return entry === undefined || entry.version > version ? undefined : entry
    }
    const accepts = predicate && ((slot: number) => {
      const entry = entryAt(slot)
      return entry !== undefined && predicate(entry.metadata, slot)
    })
    const found = textSearch.search(texts, { clauses, topK, accepts })
    const before = (entry: Entry) => {
      if (!old.has(entry.slot)) old.set(entry.slot, entry)
    }
    const records = this.watching(table, includeValues === true, before, function*(budget) {
      const records: Array<Hit> = []
      for (const { score, slot } of found.result()) {
        if ((budget.left -= includeValues === true ? unitsOfRecord(table) : 1) < 0) yield
        const entry = entryAt(slot)
        if (entry !== undefined) records.push({ ...foundRecord(table, entry, includeValues), score })
      }
      return records
    })
    return job.inTurn([found], records)
  }

  /** The ids that begin with `prefix` and come after `after`, in the order of their UTF-8 bytes. */
  list(options: PageOptions): Job<ReadonlyArray<string>> {
    return this.walk(options, options.limit, false, function*(entries) {
      return entries.map(({ id }) => id)
    })
  }

  /** The records that match, in the order of the UTF-8 bytes of their ids. */
  filterPage(options: PageOptions): Job<RecordPage> {
    const { table } = this
    const { limit } = options
    return this.walk(options, limit + 1, true, function*(entries, budget) {
      const records: Array<StoredRecord> = []
      for (const entry of entries.slice(0, limit)) {
        if ((budget.left -= unitsOfRecord(table)) < 0) yield
        records.push(table.recordOf(entry))
      }
      return { records, more: entries.length > limit }
    })
  }

  /** The ids of the records that match, in no order. */
  filter(predicate: Predicate): Job<ReadonlyArray<string>> {
    const { size } = this
    let ids: Array<string> = []
    let length = 0
    const add = ({ id }: Looked) => {
      // An array that grows is copied each time: one that becomes long is made as long as it may become.
      if (length === longArray) {
        const longer = new Array<string>(size)
        for (let i = 0; i < length; i++) longer[i] = ids[i]
        ids = longer
      }
      ids[length++] = id
    }
    return this.each(predicate, add, () => {
      ids.length = length
      return ids
    })
  }

  /** The number of records, or of those that match. */
  count(predicate?: Predicate): Job<number> {
    if (predicate === undefined) return job.done(this.size)
    let count = 0
    return this.each(predicate, () => count++, () => count)
  }

  // ---------------------------------------------------------------------------
  // Jobs
  // ---------------------------------------------------------------------------

  /** A job that looks at entries that are about to change, as long as it is under way. */
  private watching<A>(
    table: Table,
    keepsValues: boolean,
    before: (entry: Entry) => void,
    body: (budget: Budget) => job.Body<A>
  ): Job<A> {
    const watcher: Watcher = { version: table.version, keepsValues, before }
    table.watchers.add(watcher)
    return job.make(body, () => table.watchers.delete(watcher))
  }

  private each<A>(predicate: Predicate, found: (record: Looked) => void, result: () => A): Job<A> {
    const { table } = this
    const { block, version } = table
    const { end } = block
    let slot = 0
    const before = (entry: Entry) => {
      if (entry.slot >= slot && predicate(entry.metadata)) found(entry)
    }
    return this.watching(table, false, before, function*(budget) {
      const kept = yield* table.fields.kept(predicate.plan, end, budget)
      for (; slot < end; slot++) {
        if (kept !== undefined && kept.marks[slot] === 0) {
          if ((budget.left -= unitsOfMark) < 0) yield
          continue
        }
        if ((budget.left -= unitsOfPredicate) < 0) yield
        const record = table.lookAt(slot)
        if (record !== undefined && (record.version ?? 0) <= version && predicate(record.metadata)) found(record)
      }
      if (kept === undefined) table.fields.looked(predicate.plan, end)
      return result()
    })
  }

  /** Walks through the ids in order until so many match. */
  private walk<A>(
    { after, predicate, prefix = "" }: PageOptions,
    limit: number,
    keepsValues: boolean,
    result: (entries: ReadonlyArray<Entry>, budget: Budget) => Generator<void, A, void>
  ): Job<A> {
    const { table } = this
    const { ids, version } = table
    let from = after !== undefined && compareIds(after, prefix) >= 0 ? after : prefix
    /** Whether `from` itself has been looked at, or is not wanted. */
    let past = from === after
    const found: Array<Entry> = []
    /** What matched, and has changed before its turn came. */
    let changed: Array<Entry> = []
    const byId = (a: Entry, b: Entry) => compareIds(a.id, b.id)
    const page = (budget: Budget) => {
      if (changed.length === 0) return result(found, budget)
      return result([...found, ...changed].sort(byId).slice(0, limit), budget)
    }
    const before = (entry: Entry) => {
      const order = compareIds(entry.id, from)
      if (order < 0 || (order === 0 && past) || !entry.id.startsWith(prefix)) return
      if (predicate !== undefined && !predicate(entry.metadata)) return
      changed.push(entry)
      // No more than the first of them are wanted.
      if (changed.length > 2 * limit + 1024) changed = changed.sort(byId).slice(0, limit)
    }
    return this.watching(table, keepsValues, before, function*(budget) {
      if (limit > 0) yield* ids.build(budget)
      while (found.length < limit) {
        const { at, ids: chunk, next, units } = ids.from(from)
        budget.left -= units
        let i = at
        for (; i < chunk.length && found.length < limit && (i === at || budget.left >= 0); i++) {
          const id = chunk[i]
          if (past && id === from) continue
          if (!id.startsWith(prefix)) return yield* page(budget)
          from = id
          past = true
          budget.left -= unitsOfPredicate
          const entry = table.entryOf(id)
          if (entry === undefined || entry.version > version) continue
          if (predicate === undefined || predicate(entry.metadata)) found.push(entry)
        }
        if (i === chunk.length && found.length < limit) {
          if (next === undefined) break
          from = next
          past = false
        }
        if (budget.left < 0) yield
      }
      return yield* page(budget)
    })
  }

  private searchDense(options: SearchOptions, vector: Float32Array, capacity: number): Job<ReadonlyArray<Hit>> {
    const { options: { metric, threads }, table } = this
    const { block, sparse, version } = table
    const { end } = block
    const counter: Counter = { looks: 0 }
    const asked = matching(options, counter)
    const matches = options.onlyDense === true
      ? (entry: Entry) => block.has(entry.slot) && (asked === undefined || asked(entry))
      : asked
    const top = new TopK<Entry>(capacity)
    // The other metrics have no sum of both.
    const sparseVector = metric === "dotproduct" ? options.sparseVector : undefined
    const addition = sparseVector && new Addition(sparse, sparseVector)
    const turn = block.takeTurn()
    const scan = block.scan({
      metric,
      query: vector,
      top,
      turn,
      offer: (key, slot) => top.offer(key, table.entryAt(slot)!),
      bonus: addition && ((slot) => addition.of(table.entryAt(slot)!))
    })
    /** The entry of a slot, if it is one that the search sees. */
    const seen = (slot: number): Entry | undefined => {
      const entry = table.entryAt(slot)
      return entry === undefined || entry.version > version ? undefined : entry
    }
    const accepts = (slot: number) => {
      const entry = seen(slot)
      return entry !== undefined && (matches === undefined || matches(entry))
    }
    /** The same for slots that a filter may keep, as it says. */
    const acceptsOf = ({ isSure, marks }: Kept) =>
      isSure && options.terms === undefined && options.onlyDense !== true
        ? table.version === version ? undefined : (slot: number) => seen(slot) !== undefined
        : (slot: number) => {
          const entry = seen(slot)
          return entry !== undefined && (options.onlyDense !== true || block.has(slot)) &&
            hasTerms(entry, options) && (marks[slot] === YES || matches === undefined || matches(entry))
        }
    /**
     * Whether so many of the slots have changed while they were scanned that better ones may be missing: no more were asked
     * for than what is wanted, and a few more.
     */
    const isSpoiled = ({ slots }: FoundAside, most: number): boolean => {
      if (slots.length < most) return false
      let changed = 0
      for (const slot of slots) if (seen(slot) === undefined) changed++
      return changed > most - capacity
    }
    /** Takes what was found. What has changed meanwhile was looked at before. */
    const take = function*({ keys, slots }: FoundAside, budget: Budget) {
      for (let i = 0; i < slots.length && keys[i]! >= top.threshold; i++) {
        if ((budget.left -= unitsOfPredicate) < 0) yield
        const slot = slots[i]!
        const entry = seen(slot)
        taken.add(slot)
        if (entry !== undefined && (matches === undefined || matches(entry))) top.offer(keys[i]!, entry)
      }
    }
    let slot = 0
    /** What was found in another thread, of the slots from here on, and is among the best already or was refused. */
    const taken = new Set<number>()
    const before = (entry: Entry) => {
      if (entry.slot >= slot && !taken.has(entry.slot)) scan(entry.slot, entry.slot + 1, accepts)
    }
    const sought = threads === undefined || addition !== undefined ? undefined : block.sought(vector, metric)
    /** What another thread scans next, where one can. Of all that match a filter it cannot know the best. */
    const away = (budget: Budget) => {
      if (threads === undefined || sought === undefined || budget.left === Infinity) return undefined
      // Threads are started by the first search that is long enough for one.
      if (!block.isLong(end - slot) || !threads.areReady()) return undefined
      if (asked !== undefined && top.threshold === -Infinity) return undefined
      const most = Math.ceil(numbersAside / block.dimension)
      const range = asked === undefined ? most : Math.min(most, Math.max(leastFilteredAside, 2 * slot))
      return block.scanAside({
        metric,
        query: sought,
        from: slot,
        to: Math.min(end, slot + range),
        threshold: top.threshold,
        capacity: asked === undefined ? capacity + spoiledAside : range,
        onlyDense: options.onlyDense,
        turn
      })
    }
    /** Whether few enough are kept to be scanned in this thread, or all are. The filter is asked of what others find. */
    const isHere = ({ total }: Kept, { left }: Budget) =>
      sought === undefined || left === Infinity || total < end / 16 || !block.isLong(total)
    return this.watching(table, options.includeValues === true, before, function*(budget) {
      if (addition !== undefined) yield* addition.addUp(budget)
      const kept = yield* table.fields.kept(options.predicate?.plan, end, budget)
      if (kept !== undefined && isHere(kept, budget)) {
        while (slot < end) {
          const count = kept.counts[Math.floor(slot / slotsPerChunk)]
          budget.left -= slotsPerChunk * unitsOfMark + count * unitsOfVector(block)
          const to = Math.min(end, slot + slotsPerChunk)
          if (count > 0) scan(slot, to, acceptsOf(kept), kept.marks)
          slot = to
          if (budget.left < 0) yield
        }
        if (addition !== undefined) yield* addition.take(budget, nothing, () => {})
        return yield* hits(table, options, top, (key) => scoreOf(metric, key), budget)
      }
      const perSlot = unitsOfVector(block) + (matches === undefined ? 0 : unitsOfPredicate)
      /** Up to here it is scanned in this thread in any case. */
      let here = 0
      while (slot < end) {
        const aside = slot < here ? undefined : away(budget)
        if (threads !== undefined && aside !== undefined) {
          const found = yield* scanned(threads, aside)
          if (found === undefined || isSpoiled(found, aside.scan.capacity)) {
            here = aside.to
            continue
          }
          yield* take(found, budget)
          slot = aside.to
          taken.clear()
          continue
        }
        const last = slot < here ? here : end
        const to = Math.min(last, slot + Math.max(1, Math.floor(budget.left / perSlot)))
        scan(slot, to, matches === undefined && table.version === version ? undefined : accepts)
        budget.left -= (to - slot) * perSlot
        slot = to
        if (budget.left < perSlot) yield
      }
      // It has gone through the codes of all vectors too.
      if (kept === undefined) table.fields.looked(options.predicate?.plan, counter.looks + end / 4)
      if (addition !== undefined) yield* addition.take(budget, nothing, () => {})
      return yield* hits(table, options, top, (key) => scoreOf(metric, key), budget)
    })
  }

  private searchSparse(options: SearchOptions, query: SparseVector, capacity: number): Job<ReadonlyArray<Hit>> {
    const { table } = this
    const { block: { end }, sparse, version } = table
    const counter: Counter = { looks: 0 }
    const matches = matching(options, counter)
    const top = new TopK<Entry>(capacity)
    const addition = new Addition(sparse, query)
    const offer = (score: number, entry: Entry) => {
      // What has nothing in common with the query, or as much for it as against it, is no match.
      if (score === 0) return
      // The score is there before the filter is asked, as it falls out of the walk through the postings: only the few
      // records that would get into the answer are worth a call of the filter.
      if (top.wants(score, entry) && (matches === undefined || matches(entry))) top.offer(score, entry)
    }
    const before = (entry: Entry) => {
      offer(addition.of(entry), entry)
    }
    return this.watching(table, options.includeValues === true, before, function*(budget) {
      yield* addition.addUp(budget)
      const kept = yield* table.fields.kept(options.predicate?.plan, end, budget)
      const take = (score: number, document: number) => {
        const slot = sparse.slotOf(document)
        const entry = slot < 0 ? undefined : table.entryAt(slot)
        if (entry !== undefined && entry.version <= version) offer(score, entry)
      }
      yield* addition.take(budget, top, take, kept?.marks)
      if (kept === undefined) table.fields.looked(options.predicate?.plan, counter.looks)
      return yield* hits(table, options, top, (key) => key + 0, budget)
    })
  }
}

const unitsOfPredicate = 4
const unitsOfMark = 1 / 64

/** A thread goes through so many numbers at once: a few milliseconds, after which others have their turn. */
const numbersAside = 2 ** 25

/** So many slots, at least, are scanned at once for those that match a filter, and no more than twice as many as before. */
const leastFilteredAside = 4096

/** So many of the best that a thread gives may be of no use, as they have changed meanwhile. */
const spoiledAside = 16

/** Waits for what a thread finds. */
function* scanned(threads: Threads, { cameBack, scan }: Aside): Generator<Wait, FoundAside | undefined, void> {
  let found: FoundAside | undefined
  yield (resume) =>
    threads.scan(scan, (what) => {
      found = what
      cameBack(what)
      resume()
    })
  return found
}

const unitsOfVector = (block: VectorBlock): number => 1 + block.dimension / 128

const longArray = 2 ** 16

const nothing = { threshold: Infinity }

const unitsOfRecord = (table: Table): number => 16 + table.block.dimension / 32

/** How many records a search has asked its filter of. */
interface Counter {
  looks: number
}

const hasTerms = ({ sparseValues }: Entry, { terms }: SearchOptions): boolean =>
  terms === undefined || terms.every((term) => hasIndex(sparseValues, term))

/** What a search asks of a record beside its score. */
const matching = (options: SearchOptions, counter: Counter): ((entry: Entry) => boolean) | undefined => {
  const { predicate, terms } = options
  if (predicate === undefined) return terms && ((entry) => hasTerms(entry, options))
  return (entry) => {
    if (!hasTerms(entry, options)) return false
    counter.looks++
    return predicate(entry.metadata, entry.slot)
  }
}

const textsOf = (metadata: Metadata): Texts =>
  // eslint-disable-next-line no-restricted-syntax -- what is written was looked at: a text, or nothing, has these names.
  metadata as Texts

const scoreOf = (metric: Metric, key: number): number =>
  metric === "euclidean"
    ? -key
    : metric === "cosine"
    // Rounding may take the cosine of parallel vectors just past 1.
    ? Math.max(-1, Math.min(1, key)) + 0
    // No score is the negative zero.
    : key + 0

const foundRecord = (table: Table, entry: Entry, includeValues: boolean | undefined): StoredRecord =>
  includeValues === true
    ? table.recordOf(entry)
    : { id: entry.id, values: undefined, sparseValues: undefined, metadata: entry.metadata }

function* hits(
  table: Table,
  { includeValues }: SearchOptions,
  top: TopK<Entry>,
  score: (key: number) => number,
  budget: Budget
): Generator<void, ReadonlyArray<Hit>, void> {
  const found: Array<Hit> = []
  for (const [key, entry] of top.drain((key, entry) => [key, entry] as const)) {
    if ((budget.left -= includeValues === true ? unitsOfRecord(table) : 1) < 0) yield
    found.push({ ...foundRecord(table, entry, includeValues), score: score(key) })
  }
  return found
}
