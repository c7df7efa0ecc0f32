/** Requests with a body that only read. */
const readingPosts = [
  /^\/query$/,
  /^\/describe_index_stats$/,
  /^\/vectors\/fetch_by_metadata$/,
  /^\/records\/namespaces\/[^/]+\/search$/,
  /^\/namespaces\/[^/]+\/documents\/(search|fetch|list)$/,
  /^\/(embed|rerank)$/
]

/** What a URL is read as differently by others: a backslash, a fragment, and a path with `.` or `..` in it. */
const ambiguous = /[\\#]|(^|\/)(\.|%2e){1,2}(\/|\?|$)/i

/** Whether a request of Pinecone's API changes nothing. */
export const isRead = (method: string, url: string): boolean => {
  if (ambiguous.test(url)) return false
  if (method === "GET" || method === "HEAD") return true
  const path = url.split("?", 1)[0]!
  return method === "POST" && readingPosts.some((pattern) => pattern.test(path))
}
