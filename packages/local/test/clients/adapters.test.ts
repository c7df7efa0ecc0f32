import { langchainSuite } from "./langchain.js"
import { llamaindexSuite } from "./llamaindex.js"
import { mastraSuite } from "./mastra.js"
import { useServer } from "./server.js"

const server = useServer()

langchainSuite(server)
llamaindexSuite(server)
mastraSuite(server)
