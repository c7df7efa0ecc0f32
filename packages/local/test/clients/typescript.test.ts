import { useFiles } from "./files.js"
import { majors } from "./majors.js"
import { newestSuite } from "./newest.js"
import { useServer } from "./server.js"
import { films, suite } from "./suite.js"

const server = useServer()

const files = useFiles(films)

for (const major of majors) suite(major, server, files)

newestSuite(server)
