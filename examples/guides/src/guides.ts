/** The guides by their names, which are those of the pages in `docs/`. */
import * as assistant from "./assistant.js"
import * as batches from "./batches.js"
import * as blueGreen from "./blue-green.js"
import * as bulkImport from "./bulk-import.js"
import * as copyingAnIndex from "./copying-an-index.js"
import * as dataframesAndParquet from "./dataframes-and-parquet.js"
import * as fullTextSearch from "./full-text-search.js"
import * as hybridSearch from "./hybrid-search.js"
import * as movingToDocuments from "./moving-to-documents.js"
import * as namespaces from "./namespaces.js"
import * as parallelUpsert from "./parallel-upsert.js"
import * as partialFailure from "./partial-failure.js"
import * as rag from "./rag.js"
import * as resume from "./resume.js"
import * as rotatingAKey from "./rotating-a-key.js"
import * as semanticSearch from "./semantic-search.js"
import * as transports from "./transports.js"

export const guides = {
  "batches": { about: "many records in few requests", ...batches },
  "parallel-upsert": { about: "as many requests at a time as the server can handle", ...parallelUpsert },
  "partial-failure": { about: "a few invalid records among many valid ones", ...partialFailure },
  "resume": { about: "a run that stops halfway, and one that resumes there", ...resume },
  "namespaces": { about: "one query over many namespaces", ...namespaces },
  "blue-green": { about: "new records shown to all readers at once, by an alias", ...blueGreen },
  "dataframes-and-parquet": { about: "Parquet files and Arrow tables, in and out", ...dataframesAndParquet },
  "bulk-import": { about: "Parquet files that the server reads itself", ...bulkImport },
  "copying-an-index": { about: "the records of an index, copied to another one", ...copyingAnIndex },
  "semantic-search": { about: "documents found by meaning", ...semanticSearch },
  "hybrid-search": { about: "documents found by meaning and by words, reranked", ...hybridSearch },
  "full-text-search": { about: "documents found by their words, by meaning, and by both", ...fullTextSearch },
  "moving-to-documents": { about: "an index of records, made into one of documents", ...movingToDocuments },
  "rag": { about: "the passages that answer a question, for a language model", ...rag },
  "assistant": { about: "files that answer questions, streamed to the terminal", ...assistant },
  "rotating-a-key": { about: "a key that is replaced while it is in use", ...rotatingAKey },
  "transports": { about: "the same program over fetch, Node's connections and gRPC", ...transports }
}

export type Name = keyof typeof guides

export const names = Object.keys(guides)

export const isName = (name: string): name is Name => Object.hasOwn(guides, name)
