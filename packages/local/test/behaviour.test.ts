import { controlPlaneSuite } from "./suite/controlPlane.js"
import { importsSuite } from "./suite/imports.js"
import { namespacesSuite } from "./suite/namespaces.js"
import { recordsSuite } from "./suite/records.js"
import { inProcess, inProcessGrpc, overGrpc, overHttp, withServices } from "./utils/pinecone.js"

const servers = {
  "in process": withServices(inProcess()),
  "over HTTP": withServices(overHttp())
}

for (const [name, environment] of Object.entries(servers)) {
  recordsSuite(name, environment)
  namespacesSuite(name, environment)
  importsSuite(name, environment)
  controlPlaneSuite(name, environment)
}

/** What has no gRPC goes over HTTP all the same. */
const grpcServers = {
  "in process, gRPC": withServices(inProcessGrpc()),
  "over gRPC": withServices(overGrpc())
}

for (const [name, environment] of Object.entries(grpcServers)) {
  recordsSuite(name, environment)
  namespacesSuite(name, environment)
}
