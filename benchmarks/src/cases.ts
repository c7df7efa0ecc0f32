/** What the sides of a benchmark must agree on. */

export const fanOut = {
  namespaces: 200,
  dimension: 384,
  /** Milliseconds that each takes to answer. */
  delay: 20,
  inFlight: 50,
  topK: 10
}

export const ingest = {
  dimension: 384,
  perRequest: 200,
  inFlight: 4
}

export const parquet = {
  dimension: 384,
  inFlight: 8,
  officialPerRequest: 100
}

export const cli = {
  dimension: 128
}

export const consolePage = {
  dimension: 384,
  topics: ["history", "travel", "cooking", "music", "science"],
  /** The most points that a map of the page can have. */
  points: 20_000
}

export const throttle = {
  dimension: 8,
  perRequest: 10,
  inFlight: 16
}
