/** `RECORDS=100000` takes a tenth of the time. */
export const records = Number(process.env["RECORDS"] ?? 1_000_000)

export const dimension = 384

export const inFlight = 8

export const officialBatch = 100
