import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as SchemaAST from "effect/SchemaAST"
import { inspect } from "node:util"
import { Arbitrary, FastCheck } from "../../../scripts/testing/properties.js"
import * as ApiKey from "../src/ApiKey.js"
import * as Backup from "../src/Backup.js"
import * as Backup2026_04 from "../src/Backup2026_04.js"
import * as BulkImport from "../src/BulkImport.js"
import * as Collection from "../src/Collection.js"
import * as ErrorBody from "../src/ErrorBody.js"
import * as IndexModel from "../src/IndexModel.js"
import * as IndexModel2026_04 from "../src/IndexModel2026_04.js"
import * as IndexSpec from "../src/IndexSpec.js"
import * as Invite from "../src/Invite.js"
import * as MetadataIndex from "../src/MetadataIndex.js"
import * as Namespace from "../src/Namespace.js"
import * as Namespace2026_04 from "../src/Namespace2026_04.js"
import * as OAuth from "../src/OAuth.js"
import * as Organization from "../src/Organization.js"
import * as PineconeError from "../src/PineconeError.js"
import * as Project from "../src/Project.js"
import * as Query from "../src/Query.js"
import * as ReadCapacity from "../src/ReadCapacity.js"
import * as RoleBinding from "../src/RoleBinding.js"
import * as ServiceAccount from "../src/ServiceAccount.js"
import * as Usage from "../src/Usage.js"
import * as User from "../src/User.js"
import * as Vector from "../src/Vector.js"
import * as VectorRecord from "../src/VectorRecord.js"

type Codec = Schema.Schema<any, any>

/** The control plane, and the namespaces: every name on the wire is in snake case. */
const snakeCase: Readonly<Record<string, Codec>> = {
  ModelIndexEmbed: IndexModel.ModelIndexEmbed,
  CreateIndexForModelRequest: IndexModel.CreateIndexForModelRequest,
  IndexSpec: IndexSpec.IndexSpec,
  IndexSpecResponse: IndexSpec.IndexSpecResponse,
  ReadCapacity: ReadCapacity.ReadCapacity,
  ReadCapacityResponse: ReadCapacity.ReadCapacityResponse,
  CollectionModel: Collection.CollectionModel,
  CollectionList: Collection.CollectionList,
  CreateCollectionRequest: Collection.CreateCollectionRequest,
  CreateBackupRequest: Backup.CreateBackupRequest,
  CreateIndexFromBackupRequest: Backup.CreateIndexFromBackupRequest,
  CreateIndexFromBackupResponse: Backup.CreateIndexFromBackupResponse,
  RestoreJobModel: Backup.RestoreJobModel,
  RestoreJobList: Backup.RestoreJobList,
  MetadataIndex: MetadataIndex.MetadataIndex,
  NamespaceDescription: Namespace.NamespaceDescription,
  CreateNamespaceRequest: Namespace.CreateNamespaceRequest,
  ListNamespacesResponse: Namespace.ListNamespacesResponse,
  ErrorResponse: ErrorBody.ErrorResponse,
  Project: Project.Project,
  ProjectList: Project.ProjectList,
  CreateProjectRequest: Project.CreateProjectRequest,
  UpdateProjectRequest: Project.UpdateProjectRequest,
  ApiKey: ApiKey.ApiKey,
  ApiKeyList: ApiKey.ApiKeyList,
  CreateApiKeyRequest: ApiKey.CreateApiKeyRequest,
  UpdateApiKeyRequest: ApiKey.UpdateApiKeyRequest,
  Organization: Organization.Organization,
  OrganizationList: Organization.OrganizationList,
  UpdateOrganizationRequest: Organization.UpdateOrganizationRequest,
  ServiceAccount: ServiceAccount.ServiceAccount,
  ServiceAccountList: ServiceAccount.ServiceAccountList,
  CreateServiceAccountRequest: ServiceAccount.CreateServiceAccountRequest,
  UpdateServiceAccountRequest: ServiceAccount.UpdateServiceAccountRequest,
  UserList: User.UserList,
  InviteList: Invite.InviteList,
  CreateInviteRequest: Invite.CreateInviteRequest,
  RoleBindingList: RoleBinding.RoleBindingList,
  CreateRoleBindingRequest: RoleBinding.CreateRoleBindingRequest,
  OAuthError: ErrorBody.OAuthError
}

/** A Record of Effect's loses a key that is called `__proto__`. */
const isKept = (value: unknown): boolean =>
  // A count that is a text on the wire loses the sign of a zero.
  !JSON.stringify(value, (_, inner: unknown) => Object.is(inner, -0) ? "-0" : inner).includes("\"-0\"") &&
  !JSON.stringify(value).includes("\"__proto__\":")

/** The control plane, where each version writes the same in its own way: these names are in snake case too. */
const versioned: Readonly<Record<string, Codec>> = {
  IndexModel: IndexModel.IndexModel,
  CreateIndexRequest: IndexModel.CreateIndexRequest,
  ConfigureIndexRequest: IndexModel.ConfigureIndexRequest,
  BackupModel: Backup.BackupModel,
  "IndexModel of 2026-04": IndexModel2026_04.IndexModel,
  "CreateIndexRequest of 2026-04": IndexModel2026_04.CreateIndexRequest,
  "ConfigureIndexRequest of 2026-04": IndexModel2026_04.ConfigureIndexRequest,
  "BackupModel of 2026-04": Backup2026_04.BackupModel
}

/** What can be said in two ways comes back in one of them: the vectors of an index, or that all metadata is indexed. */
const saidInTwoWays = ["CreateIndexRequest", "ConfigureIndexRequest", "BackupModel of 2026-04"]

/** Pods are replicas times shards. */
const isCountable = (wire: any): boolean =>
  Number.isSafeInteger((wire.deployment?.replicas ?? 1) * (wire.deployment?.shards ?? 1))

/** What can be on the wire of a model that is made of what is there. */
const anyWire = (schema: Codec): FastCheck.Arbitrary<unknown> => {
  assert(SchemaAST.isTransformation(schema.ast))
  const wire = Schema.make<any, any>(schema.ast.from)
  return Arbitrary.make(wire).filter(isKept).map((value) => JSON.parse(JSON.stringify(Schema.encodeSync(wire)(value))))
    .filter(isCountable)
}

/** The rest of the data plane: every name on the wire is in camel case. */
const camelCase: Readonly<Record<string, Codec>> = {
  Usage: Usage.Usage,
  Pagination: Usage.Pagination,
  DescribeIndexStatsRequest: Namespace.DescribeIndexStatsRequest,
  NamespaceSummary: Namespace.NamespaceSummary,
  ImportModel: BulkImport.ImportModel,
  ListImportsResponse: BulkImport.ListImportsResponse,
  StartImportRequest: BulkImport.StartImportRequest,
  StartImportResponse: BulkImport.StartImportResponse,
  UpsertResponse: VectorRecord.UpsertResponse,
  FetchByMetadataRequest: VectorRecord.FetchByMetadataRequest,
  UpdateResponse: VectorRecord.UpdateResponse,
  DeleteRequest: VectorRecord.DeleteRequest,
  ListResponse: VectorRecord.ListResponse,
  RpcStatus: ErrorBody.RpcStatus
}

/** Both on the wire: the fullnesses that came later are in snake case. */
const mixedCase: Readonly<Record<string, Codec>> = { IndexStats: Namespace.IndexStats }

/** The names of the fields of a schema's encoded side, however deep. */
const wireNames = (schema: Codec): ReadonlyArray<string> => {
  const names = new Set<string>()
  const seen = new Set<SchemaAST.AST>()
  const visit = (ast: SchemaAST.AST): void => {
    if (seen.has(ast)) return
    seen.add(ast)
    switch (ast._tag) {
      case "TypeLiteral": {
        for (const { name, type } of ast.propertySignatures) {
          names.add(String(name))
          visit(type)
        }
        for (const { type } of ast.indexSignatures) visit(type)
        return
      }
      case "Union":
        return ast.types.forEach(visit)
      case "TupleType":
        return [...ast.elements, ...ast.rest].forEach(({ type }) => visit(type))
      case "Declaration":
        return ast.typeParameters.forEach(visit)
      case "Suspend":
        return visit(ast.f())
      case "Refinement":
        return visit(ast.from)
    }
  }
  visit(SchemaAST.encodedAST(schema.ast))
  return Array.from(names)
}

// -----------------------------------------------------------------------------
// Records: the numbers of a sparse vector have no arbitrary of their own
// -----------------------------------------------------------------------------

const anyDense = Arbitrary.make(Vector.DenseVector)

const anySparse = FastCheck.integer({ min: 1, max: 8 }).chain((length) =>
  FastCheck.record({
    indices: FastCheck.uint32Array({ minLength: length, maxLength: length }),
    values: FastCheck.float32Array({ noNaN: true, noDefaultInfinity: true, minLength: length, maxLength: length })
  })
)

const anyObject = FastCheck.dictionary(
  FastCheck.string(),
  FastCheck.oneof(FastCheck.string(), FastCheck.integer(), FastCheck.boolean(), FastCheck.array(FastCheck.string()))
)

const records = (required: ReadonlyArray<"id">) =>
  FastCheck.record(
    { id: FastCheck.string(), values: anyDense, sparseValues: anySparse, metadata: anyObject },
    { requiredKeys: [...required] }
  )

const anyVector = records(["id"])

const uniqueVectors = FastCheck.uniqueArray(anyVector, { selector: ({ id }) => id, maxLength: 8 }).map((vectors) =>
  // On the wire they are an object, which puts ids that are whole numbers first.
  Object.values(Object.fromEntries(vectors.map((vector) => [vector.id, vector])))
)

const anyScored = FastCheck.record(
  { id: FastCheck.string(), score: FastCheck.double({ noNaN: true }), values: anyDense, metadata: anyObject },
  { requiredKeys: ["id"] }
)

const withVectors: Readonly<Record<string, readonly [schema: Codec, arbitrary: FastCheck.Arbitrary<unknown>]>> = {
  DenseVector: [Vector.DenseVector, anyDense],
  SparseVector: [Vector.SparseVector, anySparse],
  Vector: [VectorRecord.Vector, anyVector],
  UpsertRequest: [
    VectorRecord.UpsertRequest,
    FastCheck.record(
      { vectors: FastCheck.array(anyVector, { maxLength: 8 }), namespace: FastCheck.string() },
      { requiredKeys: ["vectors"] }
    )
  ],
  UpdateRequest: [
    VectorRecord.UpdateRequest,
    FastCheck.record(
      { id: FastCheck.string(), values: anyDense, sparseValues: anySparse, setMetadata: anyObject, filter: anyObject },
      { requiredKeys: [] }
    )
  ],
  FetchResponse: [
    VectorRecord.FetchResponse,
    FastCheck.record({ vectors: uniqueVectors, namespace: FastCheck.string() }, { requiredKeys: [] })
  ],
  FetchByMetadataResponse: [
    VectorRecord.FetchByMetadataResponse,
    FastCheck.record(
      { vectors: uniqueVectors, pagination: FastCheck.record({ next: FastCheck.string() }) },
      { requiredKeys: [] }
    )
  ],
  QueryRequest: [
    Query.QueryRequest,
    FastCheck.record(
      {
        topK: FastCheck.integer(),
        vector: anyDense,
        sparseVector: anySparse,
        id: FastCheck.string(),
        filter: anyObject,
        includeValues: FastCheck.boolean()
      },
      { requiredKeys: ["topK"] }
    )
  ],
  ScoredVector: [Query.ScoredVector, anyScored],
  QueryResponse: [
    Query.QueryResponse,
    FastCheck.record(
      { matches: FastCheck.array(anyScored, { maxLength: 8 }), namespace: FastCheck.string() },
      { requiredKeys: [] }
    )
  ]
}

describe("models", () => {
  describe("encoding and decoding is the identity", () => {
    for (const [name, schema] of Object.entries({ ...snakeCase, ...camelCase, ...mixedCase })) {
      it.prop(name, [Arbitrary.make(schema).filter(isKept)], ([value]) => {
        const encoded: unknown = Schema.encodeSync(schema)(value)
        assert.deepStrictEqual(Schema.decodeUnknownSync(schema)(encoded), value)
      }, { fastCheck: { numRuns: 50 } })
    }

    for (const [name, [schema, arbitrary]] of Object.entries(withVectors)) {
      it.prop(name, [arbitrary], ([value]) => {
        const encoded: unknown = Schema.encodeSync(schema)(value)
        assert.deepStrictEqual(Schema.decodeUnknownSync(schema)(encoded), value)
      }, { fastCheck: { numRuns: 50 } })
    }

    for (const [name, schema] of Object.entries(versioned)) {
      it.prop(`${name}, of what is on the wire`, [anyWire(schema)], ([wire]) => {
        const model: unknown = Schema.decodeUnknownSync(schema)(wire)
        const encoded: unknown = Schema.encodeUnknownSync(schema)(model)
        assert.deepStrictEqual(Schema.decodeUnknownSync(schema)(encoded), model)
        if (!saidInTwoWays.includes(name)) assert.deepStrictEqual(encoded, wire)
      }, { fastCheck: { numRuns: 100 } })
    }

    it.prop("PineconeError", [Arbitrary.make(PineconeError.PineconeError)], ([error]) => {
      const encoded = Schema.encodeSync(PineconeError.PineconeError)(error)
      const decoded = Schema.decodeUnknownSync(PineconeError.PineconeError)(encoded)
      assert.strictEqual(decoded._tag, error._tag)
      assert.isTrue(PineconeError.isPineconeError(decoded))
      assert.strictEqual(decoded.message, error.message)
      assert.deepStrictEqual(Schema.encodeSync(PineconeError.PineconeError)(decoded), encoded)
    }, { fastCheck: { numRuns: 200 } })
  })

  describe("names on the wire", () => {
    for (const [name, schema] of Object.entries({ ...snakeCase, ...versioned })) {
      it(`${name} is in snake case`, () => {
        const names = wireNames(schema)
        assert.isNotEmpty(names)
        assert.deepStrictEqual(names.filter((wire) => !/^[a-z]+(_[a-z]+)*$/.test(wire)), [])
      })
    }

    for (const [name, schema] of Object.entries(camelCase)) {
      it(`${name} is in camel case`, () => {
        const names = wireNames(schema)
        assert.isNotEmpty(names)
        assert.deepStrictEqual(names.filter((wire) => !/^[a-z]+([A-Z][a-z]+|K|Id)*$/.test(wire)), [])
      })
    }

    it("IndexStats has both in 2026-04", () => {
      assert.sameMembers([...wireNames(Namespace2026_04.IndexStats)], [
        "namespaces",
        "vectorCount",
        "dimension",
        "indexFullness",
        "totalVectorCount",
        "metric",
        "vectorType",
        "memory_fullness",
        "storage_fullness"
      ])
    })

    it("of an index", () => {
      const model: IndexModel.IndexModel = {
        name: "movies",
        metric: "cosine",
        host: "h",
        privateHost: "p",
        deletionProtection: "enabled",
        vectorType: "dense",
        status: { ready: true, state: "Ready" },
        embed: { model: "m", vectorType: "dense", fieldMap: {}, readParameters: {}, writeParameters: {} },
        schema: { fields: {} },
        spec: {
          pod: { environment: "e", podType: "p1.x1", metadataConfig: { indexed: ["a"] }, sourceCollection: "c" }
        }
      }
      assert.deepStrictEqual<unknown>(Schema.encodeSync(IndexModel2026_04.IndexModel)(model), {
        name: "movies",
        metric: "cosine",
        host: "h",
        private_host: "p",
        deletion_protection: "enabled",
        vector_type: "dense",
        status: { ready: true, state: "Ready" },
        embed: { model: "m", vector_type: "dense", field_map: {}, read_parameters: {}, write_parameters: {} },
        spec: {
          pod: { environment: "e", pod_type: "p1.x1", metadata_config: { indexed: ["a"] }, source_collection: "c" }
        }
      })
    })
  })

  describe("what Pinecone may answer", () => {
    it("null and absent are the same", () => {
      const decode = Schema.decodeUnknownSync(Backup.BackupModel)
      const backup = {
        backup_id: "b",
        source_index_name: "movies",
        source_index_id: "i",
        status: "Ready",
        cloud: "aws",
        region: "us-east-1"
      }
      assert.deepStrictEqual(decode({ ...backup, name: null, tags: null, record_count: null }), decode(backup))
    })

    it("a count as a number or as a decimal string", () => {
      const decode = Schema.decodeUnknownSync(Namespace.NamespaceDescription)
      assert.strictEqual(decode({ name: "a", record_count: 5 }).recordCount, 5)
      assert.strictEqual(decode({ name: "a", record_count: "5" }).recordCount, 5)
      assert.throws(() => decode({ name: "a", record_count: "five" }), /record_count/)
    })

    it("states that a later version adds, and fields", () => {
      const decoded = Schema.decodeUnknownSync(BulkImport.ImportModel)({ id: "1", status: "Paused", speed: 9 })
      assert.strictEqual(decoded.status, "Paused")
      assert.strictEqual(Reflect.get(decoded, "speed"), 9)
    })

    it("no vector of what is no 32-bit float, and it is told where", () => {
      const decode = Schema.decodeUnknownSync(VectorRecord.Vector)
      assert.throws(() => decode({ id: "a", values: [1, 3.5e38] }), /the number at 1 is not a finite 32-bit float/)
      assert.throws(() => decode({ id: "a", values: [1, "2"] }), /the number at 1 is not a finite 32-bit float/)
      assert.throws(() => decode({ id: "a", values: "1" }), /must be an array of numbers/)
      assert.throws(
        () => decode({ id: "a", sparseValues: { indices: [1, -1], values: [1, 1] } }),
        /the number at 1 is not an unsigned 32-bit integer/
      )
    })

    it("records of any id in a fetch", () => {
      const answer = JSON.parse(
        "{\"vectors\":{\"__proto__\":{\"id\":\"__proto__\",\"values\":[1]},\"a\":{\"id\":\"a\"}}}"
      )
      const decoded = Schema.decodeUnknownSync(VectorRecord.FetchResponse)(answer)
      assert.deepStrictEqual(decoded.vectors?.map(({ id }) => id), ["__proto__", "a"])
    })
  })

  describe("constructors", () => {
    const encode = Schema.encodeSync(IndexSpec.IndexSpec)

    it("make the specs of an index", () => {
      assert.deepStrictEqual<unknown>(
        encode(IndexSpec.serverless({
          cloud: "aws",
          region: "us-east-1",
          readCapacity: ReadCapacity.dedicated({ nodeType: "t1", shards: 2 }),
          schema: MetadataIndex.fields("genre", "year")
        })),
        {
          serverless: {
            cloud: "aws",
            region: "us-east-1",
            read_capacity: {
              mode: "Dedicated",
              dedicated: { node_type: "t1", scaling: "Manual", manual: { replicas: 1, shards: 2 } }
            },
            schema: { fields: { genre: { filterable: true }, year: { filterable: true } } }
          }
        }
      )
      assert.deepStrictEqual<unknown>(encode(IndexSpec.pod({ environment: "e", podType: "p1.x1" })), {
        pod: { environment: "e", pod_type: "p1.x1" }
      })
      assert.deepStrictEqual<unknown>(
        encode(IndexSpec.byoc({ environment: "e", readCapacity: ReadCapacity.onDemand })),
        { byoc: { environment: "e", read_capacity: { mode: "OnDemand" } } }
      )
    })

    it("next is the token of a page, where it is not the last", () => {
      assert.strictEqual(Usage.next({ pagination: { next: "t" } }), "t")
      assert.strictEqual(Usage.next({ pagination: { next: "" } }), undefined)
      assert.strictEqual(Usage.next({ pagination: {} }), undefined)
      assert.strictEqual(Usage.next({}), undefined)
    })
  })
})

describe("secrets", () => {
  const secret = "a-secret-that-nobody-may-see"
  const withSecrets: ReadonlyArray<readonly [name: string, schema: Codec, wire: Readonly<Record<string, unknown>>]> = [
    [
      "ApiKeyWithSecret",
      ApiKey.ApiKeyWithSecret,
      { key: { id: "k", name: "n", project_id: "p", roles: ["ProjectViewer", "another"] }, value: secret }
    ],
    [
      "TokenRequest",
      OAuth.TokenRequest,
      { client_id: "c", client_secret: secret, grant_type: "client_credentials", audience: OAuth.audience }
    ],
    ["TokenResponse", OAuth.TokenResponse, { access_token: secret, token_type: "Bearer", expires_in: 1800 }]
  ]

  for (const [name, schema, wire] of withSecrets) {
    it(`the secret of ${name} is on the wire, and nowhere else`, () => {
      const model = Schema.decodeUnknownSync(schema)(wire)
      assert.deepStrictEqual(Schema.encodeSync(schema)(model), wire)
      assert.notInclude(inspect(model, { depth: 10, showHidden: true }) + JSON.stringify(model), secret)
      const wrong = Object.fromEntries(
        Object.entries(wire).map(([field, value]) => [field, value === secret ? [secret] : value])
      )
      const failed = Schema.decodeUnknownEither(schema, { errors: "all" })(wrong)
      if (Either.isRight(failed)) return assert.fail("a list is no secret text")
      assert.include(failed.left.message, "secret text")
      assert.notInclude(inspect(failed.left.message), secret)
    })
  }
})
