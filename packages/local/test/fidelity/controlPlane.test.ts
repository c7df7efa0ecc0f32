import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import type * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as PineconeLocal from "../../src/PineconeLocal.js"
import type { Said } from "../utils/ask.js"
import { ask, askAt } from "../utils/ask.js"
import { freshName } from "../utils/pinecone.js"

const serverless = { serverless: { cloud: "aws", region: "us-east-1" } }

const pod = (more: object = {}) => ({ pod: { environment: "us-east1-gcp", pod_type: "p1.x1", ...more } })

const index = (more: object = {}) => ({ name: freshName(), dimension: 3, spec: serverless, ...more })

const inServerless = (more: object) => index({ spec: { serverless: { cloud: "aws", region: "us-east-1", ...more } } })

const forModel = (more: object, embed: object = {}) => ({
  name: freshName(),
  cloud: "aws",
  region: "us-east-1",
  embed: { model: "multilingual-e5-large", field_map: { text: "body" }, ...embed },
  ...more
})

const dedicated = (nodes: object) => ({
  mode: "Dedicated",
  dedicated: { node_type: "b1", scaling: "Manual", ...nodes }
})

/** An object with these entries, whatever their names are. */
const own = (...entries: ReadonlyArray<readonly [string, unknown]>) => Object.fromEntries(entries)

const refused = ({ status, told }: Said, expected: number, message: string | RegExp) => {
  assert.deepStrictEqual([status, told?.status], [expected, expected], JSON.stringify(told))
  if (typeof message === "string") assert.strictEqual(told.error.message, message)
  else assert.match(told.error.message, message)
}

const made = (body: object): Effect.Effect<string, never, HttpClient.HttpClient> =>
  Effect.map(ask("POST", "/indexes", { body }), ({ status, told }) => {
    assert.strictEqual(status, 201, JSON.stringify(told))
    return told.name
  })

describe("the control plane answers as Pinecone does", () => {
  layer(PineconeLocal.layerHttpClient())((it) => {
    it.effect("a new index that cannot be", () =>
      Effect.gen(function*() {
        const cases: ReadonlyArray<readonly [object, number, string | RegExp]> = [
          [
            index({ spec: { serverless: { cloud: "aws", region: "us-west1" } } }),
            404,
            "Resource cloud: aws region: us-west1 not found."
          ],
          [
            index({ spec: { serverless: { cloud: "gcp", region: "us-east-1" } } }),
            404,
            "Resource cloud: gcp region: us-east-1 not found."
          ],
          [
            index({ spec: { serverless: { cloud: "__proto__", region: "us-east-1" } } }),
            404,
            "Resource cloud: __proto__ region: us-east-1 not found."
          ],
          [
            index({ vector_type: "sparse", dimension: undefined, metric: "cosine" }),
            400,
            "Sparse indexes must have a `metric` of `dotproduct`"
          ],
          [index({ vector_type: "sparse" }), 400, "Sparse indexes cannot have a `dimension`"],
          [
            index({ vector_type: "sparse", dimension: undefined, spec: pod() }),
            400,
            "Pod indexes must have a `vectorType` of `dense`"
          ],
          [
            index({ spec: pod({ source_collection: "non-existent-collection" }) }),
            404,
            "Resource non-existent-collection not found"
          ],
          [index({ tags: { "a b": "x" } }), 400, "Tag keys must be alphanumeric, '_', or '-', got 'a b'"],
          [index({ tags: { é: "x" } }), 400, /^Tag keys must be alphanumeric/],
          [index({ tags: { a: "é#" } }), 400, /^Tag values must be alphanumeric, .*got 'é#' \(tag 'a'\)$/],
          [index({ tags: { a: "line\n" } }), 400, /^Tag values must be alphanumeric/],
          [inServerless({ read_capacity: dedicated({ manual: { replicas: 1, shards: 0 } }) }), 400, /shards.*got 0/],
          [
            inServerless({ read_capacity: dedicated({ manual: { replicas: -1, shards: 1 } }) }),
            400,
            /replicas.*got -1/
          ],
          [
            inServerless({ read_capacity: dedicated({ node_type: "z9" }) }),
            400,
            /node_type must be b1 or t1, got "z9"/
          ],
          [inServerless({ read_capacity: dedicated({ scaling: "Auto" }) }), 400, /scaling must be Manual, got "Auto"/],
          [inServerless({ read_capacity: { mode: "Dedicated", dedicated: {} } }), 400, /node_type and scaling/],
          [
            inServerless({ schema: { fields: { a: { filterable: false } } } }),
            400,
            /^Field 'a' is set to filterable: false\. Only filterable: true is supported/
          ],
          [
            inServerless({ schema: { fields: own(["__proto__", { filterable: false }]) } }),
            400,
            /^Field '__proto__' is set to filterable: false\./
          ],
          [
            index({ spec: { byoc: { environment: "e", schema: { fields: { a: { filterable: false } } } } } }),
            400,
            /'a'/
          ],
          [index({ spec: pod({ pod_type: "p9.x1" }) }), 400, /^Invalid pod type "p9\.x1"/],
          [index({ spec: pod({ pod_type: "p1" }) }), 400, /^Invalid pod type "p1"/],
          [index({ spec: pod({ pod_type: "p1.x3" }) }), 400, /^Invalid pod type/]
        ]
        for (const [body, status, message] of cases) refused(yield* ask("POST", "/indexes", { body }), status, message)
      }))

    it.effect("a new index for a model that cannot be", () =>
      Effect.gen(function*() {
        const cases: ReadonlyArray<readonly [object, number, string | RegExp]> = [
          [forModel({ region: "us-west1" }), 404, "Resource cloud: aws region: us-west1 not found."],
          [forModel({}, { field_map: { body: "text" } }), 400, /^field_map must map 'text'/],
          [forModel({}, { field_map: {} }), 400, /^field_map must map 'text'/],
          [forModel({}, { field_map: { text: 5 } }), 400, /got 5 for 'text'$/],
          [forModel({}, { field_map: { text: "body", more: null } }), 400, /got null for 'more'$/],
          [
            forModel({}, { metric: "dotproduct" }),
            400,
            /does not support the metric dotproduct: it supports cosine, eu/
          ],
          [forModel({}, { model: "pinecone-sparse-english-v0", metric: "cosine" }), 400, /the metric cosine/],
          [
            forModel({ schema: { fields: { a: { filterable: false } } } }),
            400,
            /^Field 'a' is set to filterable: false/
          ],
          [forModel({ tags: { "a b": "x" } }), 400, /^Tag keys/],
          [forModel({ read_capacity: dedicated({ manual: { shards: 0 } }) }), 400, /shards/]
        ]
        for (const [body, status, message] of cases) {
          refused(yield* ask("POST", "/indexes/create-for-model", { body }), status, message)
        }
      }))

    it.effect("every region that is known, and tags of all that they can be of", () =>
      Effect.gen(function*() {
        const known = {
          aws: ["us-east-1", "us-west-2", "eu-west-1", "eu-central-1", "ap-southeast-1"],
          gcp: ["us-central1", "us-east1", "europe-west4"],
          azure: ["eastus2"]
        }
        for (const [cloud, regions] of Object.entries(known)) {
          for (const region of regions) yield* made(index({ spec: { serverless: { cloud, region } } }))
        }
        const tags = { "A-z_09": "a;@_-.+ B", gone: "" }
        const { told } = yield* ask("POST", "/indexes", { body: index({ tags }) })
        assert.deepStrictEqual(told.tags, { "A-z_09": "a;@_-.+ B" })
      }))

    it.effect("a body that is not JSON is a bad request, and one of another form cannot be processed", () =>
      Effect.gen(function*() {
        for (const [method, path] of [["POST", "/indexes"], ["POST", "/collections"]] as const) {
          for (const text of ["{", "", "nul", "[1,"]) refused(yield* ask(method, path, { text }), 400, /JSON/)
          for (const text of ["null", "[]", "\"text\"", "{}"]) {
            refused(yield* ask(method, path, { text }), 422, /^Failed to deserialize/)
          }
        }
      }))

    it.effect("pods become larger and more, and never smaller or others", () =>
      Effect.gen(function*() {
        const name = yield* made(index({ spec: pod({ pod_type: "p1.x2" }) }))
        const change = (pod: object) => ask("PATCH", `/indexes/${name}`, { body: { spec: { pod } } })
        refused(yield* change({ pod_type: "p1.x1" }), 400, "Cannot scale down")
        refused(yield* change({ pod_type: "s1.x4" }), 400, /cannot be changed from p1\.x2 to s1\.x4/)
        refused(yield* change({ pod_type: "p1" }), 400, /^Invalid pod type "p1"/)
        refused(yield* change({ replicas: 0 }), 400, /replicas/)
        const { status, told } = yield* change({ pod_type: "p1.x8", replicas: 3 })
        assert.deepStrictEqual([status, told.spec.pod.pod_type, told.spec.pod.replicas, told.spec.pod.pods], [
          202,
          "p1.x8",
          3,
          3
        ])
        assert.strictEqual((yield* change({ replicas: 1 })).told.spec.pod.replicas, 1)
      }))

    it.effect("a change of the read capacity is of what it names", () =>
      Effect.gen(function*() {
        const name = yield* made(index())
        const change = (read_capacity: unknown) =>
          ask("PATCH", `/indexes/${name}`, { body: { spec: { serverless: { read_capacity } } } })
        refused(yield* change({ mode: "Dedicated", dedicated: { manual: { replicas: 2 } } }), 400, /node_type/)
        yield* change(dedicated({ manual: { replicas: 2, shards: 3 } }))
        const { told } = yield* change({ mode: "Dedicated", dedicated: { manual: { replicas: 4 } } })
        assert.deepStrictEqual(told.spec.serverless.read_capacity, {
          mode: "Dedicated",
          dedicated: { node_type: "b1", scaling: "Manual", manual: { replicas: 4, shards: 3 } },
          status: { state: "Ready", current_replicas: 4, current_shards: 3 }
        })
        refused(yield* change(dedicated({ manual: { shards: 0 } })), 400, /shards/)
        refused(yield* ask("PATCH", `/indexes/${name}`, { body: { spec: { other: {} } } }), 422, /deserialize/)
      }))

    it.effect("a change of the embedding maps a text too, and a model fits the metric of the index", () =>
      Effect.gen(function*() {
        const name = yield* made(index({ dimension: 1024, metric: "dotproduct" }))
        const change = (embed: object) => ask("PATCH", `/indexes/${name}`, { body: { embed } })
        const model = "llama-text-embed-v2"
        refused(yield* change({ model, field_map: { body: "text" } }), 400, /^field_map must map 'text'/)
        refused(
          yield* change({ model: "multilingual-e5-large", field_map: { text: "body" } }),
          400,
          /does not support the metric of the index, dotproduct/
        )
        assert.strictEqual((yield* change({ model, field_map: { text: "body" } })).status, 202)
      }))

    it.effect("a backup has tags, if only none", () =>
      Effect.gen(function*() {
        const name = yield* made(index())
        const { status, told } = yield* ask("POST", `/indexes/${name}/backups`, { body: {} })
        assert.deepStrictEqual([status, told.tags, told.status], [201, {}, "Ready"])
        assert.deepStrictEqual((yield* ask("GET", `/backups/${told.backup_id}`)).told.tags, {})
        const listed = yield* ask("GET", `/indexes/${name}/backups`)
        assert.deepStrictEqual(listed.told, { data: [told] })
      }))
  })

  layer(Layer.merge(PineconeLocal.layerServer({ port: 0 }), FetchHttpClient.layer))("over the network", (it) => {
    it.effect("an empty body is no JSON either", () =>
      Effect.gen(function*() {
        const { url } = yield* PineconeLocal.PineconeLocal
        for (const text of ["", "{", "\u0000"]) refused(yield* askAt(url)("POST", "/indexes", { text }), 400, /JSON/)
        refused(yield* askAt(url)("POST", "/indexes", { text: "null" }), 422, /deserialize/)
      }))

    it.effect("__proto__ is the name of a tag and of a field like any other", () =>
      Effect.gen(function*() {
        const { url } = yield* PineconeLocal.PineconeLocal
        const asking = askAt(url)
        const text = (json: unknown) => JSON.stringify(json)
        const fields = own(["__proto__", { filterable: true }], ["a", { filterable: true }])
        const body = index({
          tags: own(["__proto__", "x"], ["constructor", "y"]),
          spec: { serverless: { cloud: "aws", region: "us-east-1", schema: { fields } } }
        })
        const created = yield* asking("POST", "/indexes", { body })
        assert.strictEqual(created.status, 201)
        const path = `/indexes/${body.name}`
        for (const told of [created.told, (yield* asking("GET", path)).told]) {
          assert.strictEqual(text(told.tags), "{\"__proto__\":\"x\",\"constructor\":\"y\"}")
          assert.strictEqual(text(told.spec.serverless.schema), text({ fields }))
        }
        const changed = yield* asking("PATCH", path, { body: { tags: { more: "z", constructor: "" } } })
        assert.strictEqual(text(changed.told.tags), "{\"__proto__\":\"x\",\"more\":\"z\"}")
        const backup = yield* asking("POST", `${path}/backups`, { body: {} })
        assert.strictEqual(text(backup.told.tags), text(changed.told.tags))
        assert.strictEqual(text(backup.told.schema), text({ fields }))
        const name = freshName()
        yield* asking("POST", `/backups/${backup.told.backup_id}/create-index`, {
          body: { name, tags: own(["__proto__", "restored"]) }
        })
        assert.strictEqual(text((yield* asking("GET", `/indexes/${name}`)).told.tags), "{\"__proto__\":\"restored\"}")
        const removed = yield* asking("PATCH", path, { body: { tags: own(["__proto__", ""]) } })
        assert.strictEqual(text(removed.told.tags), "{\"more\":\"z\"}")
        const model = forModel({}, { field_map: own(["__proto__", "p"], ["text", "body"]) })
        const mapped = yield* asking("POST", "/indexes/create-for-model", { body: model })
        assert.strictEqual(text(mapped.told.embed.field_map), "{\"__proto__\":\"p\",\"text\":\"body\"}")
      }))
  })
})
