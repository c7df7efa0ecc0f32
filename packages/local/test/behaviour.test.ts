import { namespacesSuite } from "./suite/namespaces.js"
import { recordsSuite } from "./suite/records.js"
import { inProcess, overHttp, withServices } from "./utils/pinecone.js"

const local = withServices(inProcess())
const http = withServices(overHttp())

recordsSuite("in process", local)
recordsSuite("over HTTP", http)
namespacesSuite("in process", local)
namespacesSuite("over HTTP", http)
