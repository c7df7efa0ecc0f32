/** The majors of the official client before the one under its own name, each called as its users call it. */
import * as Pinecone2 from "pinecone-2"
import * as Pinecone3 from "pinecone-3"
import * as Pinecone4 from "pinecone-4"
import * as Pinecone5 from "pinecone-5"
import * as Pinecone6 from "pinecone-6"
import * as Pinecone7 from "pinecone-7"
import * as Pinecone9 from "pinecone-9"
import type { Assistant, Client, Index, Major } from "./client.js"

type Protection = "enabled" | "disabled"

type Pods = Parameters<Client["scale"]>[1]

/** From the third to the sixth, an index is configured by a request of the API's form. */
const configured = (client: {
  configureIndex(name: string, options: object): Promise<unknown>
}) => ({
  scale: (name: string, pods: Pods) => client.configureIndex(name, { spec: { pod: pods } }),
  protect: (name: string, deletionProtection: Protection) => client.configureIndex(name, { deletionProtection })
})

const tagged = (client: Pinecone4.Pinecone | Pinecone5.Pinecone | Pinecone6.Pinecone) => ({
  tag: (name: string, tags: Record<string, string>) => client.configureIndex(name, { tags })
})

const common = (
  client:
    | Pinecone2.Pinecone
    | Pinecone3.Pinecone
    | Pinecone4.Pinecone
    | Pinecone5.Pinecone
    | Pinecone6.Pinecone
    | Pinecone7.Pinecone
    | Pinecone9.Pinecone
) => ({
  createIndex: client.createIndex.bind(client) as Client["createIndex"],
  listIndexes: () => client.listIndexes(),
  describeIndex: (name: string) => client.describeIndex(name),
  deleteIndex: (name: string) => client.deleteIndex(name),
  createCollection: (options: { readonly name: string; readonly source: string }) => client.createCollection(options),
  listCollections: () => client.listCollections(),
  describeCollection: (name: string) => client.describeCollection(name),
  deleteCollection: (name: string) => client.deleteCollection(name)
})

const reranking = (client: Pinecone4.Pinecone | Pinecone5.Pinecone | Pinecone6.Pinecone): Pick<Client, "rerank"> => ({
  rerank: (model, query, documents, options) => client.inference.rerank(model, query, documents, options)
})

const assistants = (client: Pinecone5.Pinecone | Pinecone6.Pinecone): Partial<Client> => ({
  createIndexForModel: client.createIndexForModel.bind(client) as NonNullable<Client["createIndexForModel"]>,
  createAssistant: client.createAssistant.bind(client) as NonNullable<Client["createAssistant"]>,
  listAssistants: () => client.listAssistants(),
  describeAssistant: (name) => client.describeAssistant(name),
  updateAssistant: client.updateAssistant.bind(client) as NonNullable<Client["updateAssistant"]>,
  deleteAssistant: (name) => client.deleteAssistant(name),
  assistant: (name) => client.assistant(name)
})

const backups = (client: Pinecone6.Pinecone | Pinecone7.Pinecone | Pinecone9.Pinecone): Partial<Client> => ({
  createBackup: (options) => client.createBackup(options),
  listBackups: (options) => client.listBackups(options),
  describeBackup: (id) => client.describeBackup(id),
  deleteBackup: (id) => client.deleteBackup(id),
  createIndexFromBackup: (options) => client.createIndexFromBackup(options),
  describeRestoreJob: (id) => client.describeRestoreJob(id),
  listRestoreJobs: (options) => client.listRestoreJobs(options),
  listModels: () => client.inference.listModels(),
  getModel: (name) => client.inference.getModel(name)
})

/** Since the seventh every operation on records takes one object. */
const withOptions = (index: Pinecone7.Index | Pinecone9.Index): Index => ({
  upsert: (records) => index.upsert({ records }),
  query: index.query.bind(index) as Index["query"],
  fetch: (ids) => index.fetch({ ids }),
  update: index.update.bind(index) as Index["update"],
  deleteOne: (id) => index.deleteOne({ id }),
  deleteMany: (what) => index.deleteMany(Array.isArray(what) ? { ids: what } : { filter: what }),
  deleteAll: () => index.deleteAll(),
  listPaginated: (options) => index.listPaginated(options),
  describeIndexStats: () => index.describeIndexStats(),
  namespace: (name) => withOptions(index.namespace(name)),
  upsertRecords: (records) => index.upsertRecords({ records: [...records] as Array<Pinecone7.IntegratedRecord> }),
  searchRecords: index.searchRecords.bind(index) as NonNullable<Index["searchRecords"]>,
  startImport: (uri, errorMode) => index.startImport({ uri, errorMode }),
  listImports: (limit, paginationToken) => index.listImports(limit, paginationToken),
  describeImport: (id) => index.describeImport(id),
  cancelImport: (id) => index.cancelImport(id),
  listNamespaces: (limit, paginationToken) =>
    index.listNamespaces({
      ...(limit === undefined ? {} : { limit }),
      ...(paginationToken === undefined ? {} : { paginationToken })
    }),
  describeNamespace: (name) => index.describeNamespace(name),
  deleteNamespace: (name) => index.deleteNamespace(name),
  createNamespace: (name) => index.createNamespace({ name }),
  fetchByMetadata: (filter, limit) => index.fetchByMetadata({ filter, ...(limit === undefined ? {} : { limit }) }),
  updateMany: (filter, metadata) => index.update({ filter, metadata: metadata as Pinecone7.RecordMetadata })
})

/** Since the ninth an upload is an operation on a file. */
const withOperations = (assistant: Pinecone9.Assistant): Assistant => ({
  uploadFile: async (options) => assistant.describeFile((await assistant.uploadFile(options)).fileId ?? "no file"),
  listFiles: assistant.listFiles.bind(assistant) as Assistant["listFiles"],
  describeFile: (id) => assistant.describeFile(id),
  deleteFile: (id) => assistant.deleteFile(id),
  chat: assistant.chat.bind(assistant) as Assistant["chat"],
  chatStream: assistant.chatStream.bind(assistant) as Assistant["chatStream"],
  chatCompletion: assistant.chatCompletion.bind(assistant) as Assistant["chatCompletion"],
  chatCompletionStream: assistant.chatCompletionStream.bind(assistant) as Assistant["chatCompletionStream"],
  context: assistant.context.bind(assistant) as Assistant["context"]
})

export const majors: ReadonlyArray<Major> = [
  {
    number: 2,
    apiVersion: undefined,
    make: (settings) => {
      const client = new Pinecone2.Pinecone(settings)
      return {
        ...common(client),
        scale: (name, pods) => client.configureIndex(name, pods),
        index: (name, host) => client.index(name, host)
      }
    }
  },
  {
    number: 3,
    apiVersion: "2024-07",
    make: (settings) => {
      const client = new Pinecone3.Pinecone(settings)
      return {
        ...common(client),
        ...configured(client),
        embed: async (model, inputs, parameters) =>
          (await client.inference.embed(model, inputs, parameters)).data ?? [],
        index: (name, host) => client.index(name, host)
      }
    }
  },
  {
    number: 4,
    apiVersion: "2024-10",
    make: (settings) => {
      const client = new Pinecone4.Pinecone(settings)
      return {
        ...common(client),
        ...configured(client),
        ...tagged(client),
        ...reranking(client),
        embed: async (model, inputs, parameters) =>
          (await client.inference.embed(model, inputs, parameters)).data ?? [],
        index: (name, host) => client.index(name, host)
      }
    }
  },
  {
    number: 5,
    apiVersion: "2025-01",
    make: (settings) => {
      const client = new Pinecone5.Pinecone(settings)
      return {
        ...common(client),
        ...configured(client),
        ...tagged(client),
        ...reranking(client),
        ...assistants(client),
        embed: async (model, inputs, parameters) => (await client.inference.embed(model, inputs, parameters)).data,
        index: (name, host) => client.index(name, host)
      }
    }
  },
  {
    number: 6,
    apiVersion: "2025-04",
    make: (settings) => {
      const client = new Pinecone6.Pinecone(settings)
      return {
        ...common(client),
        ...configured(client),
        ...tagged(client),
        ...reranking(client),
        ...assistants(client),
        ...backups(client),
        embed: async (model, inputs, parameters) => (await client.inference.embed(model, inputs, parameters)).data,
        index: (name, host) => client.index(name, host)
      }
    }
  },
  {
    number: 7,
    apiVersion: "2025-10",
    make: (settings) => {
      const client = new Pinecone7.Pinecone(settings)
      return {
        ...common(client),
        ...backups(client),
        scale: (name, { podType, replicas }) => client.configureIndex({ name, podType, podReplicas: replicas }),
        protect: (name, deletionProtection) => client.configureIndex({ name, deletionProtection }),
        tag: (name, tags) => client.configureIndex({ name, tags }),
        embed: async (model, inputs, parameters) => (await client.inference.embed({ model, inputs, parameters })).data,
        rerank: (model, query, documents, options) => client.inference.rerank({ model, query, documents, ...options }),
        createIndexForModel: client.createIndexForModel.bind(client) as NonNullable<Client["createIndexForModel"]>,
        createAssistant: client.createAssistant.bind(client) as NonNullable<Client["createAssistant"]>,
        listAssistants: () => client.listAssistants(),
        describeAssistant: (name) => client.describeAssistant(name),
        updateAssistant: (name, options) =>
          client.updateAssistant({ name, ...options } as Parameters<Pinecone7.Pinecone["updateAssistant"]>[0]),
        deleteAssistant: (name) => client.deleteAssistant(name),
        assistant: (name) => client.assistant({ name }),
        index: (name, host) => withOptions(client.index(host === undefined ? { name } : { name, host }))
      }
    }
  },
  {
    number: 9,
    apiVersion: "2026-07",
    make: (settings) => {
      const client = new Pinecone9.Pinecone(settings)
      return {
        ...common(client),
        ...backups(client),
        scale: (name, { podType, replicas }) => client.configureIndex({ name, podType, podReplicas: replicas }),
        protect: (name, deletionProtection) => client.configureIndex({ name, deletionProtection }),
        tag: (name, tags) => client.configureIndex({ name, tags }),
        embed: async (model, inputs, parameters) => (await client.inference.embed({ model, inputs, parameters })).data,
        rerank: (model, query, documents, options) => client.inference.rerank({ model, query, documents, ...options }),
        createIndexForModel: client.createIndexForModel.bind(client) as NonNullable<Client["createIndexForModel"]>,
        createAssistant: client.createAssistant.bind(client) as NonNullable<Client["createAssistant"]>,
        listAssistants: () => client.listAssistants(),
        describeAssistant: (name) => client.describeAssistant(name),
        updateAssistant: (name, options) =>
          client.updateAssistant({ name, ...options } as Parameters<Pinecone9.Pinecone["updateAssistant"]>[0]),
        deleteAssistant: (name) => client.deleteAssistant(name),
        assistant: (name) => withOperations(client.assistant({ name })),
        index: (name, host) => withOptions(client.index(host === undefined ? { name } : { name, host }))
      }
    }
  }
]
