/**
 * The most bytes of ids in a fetch. They travel in the address, and proxies take 60 KiB for it and all headers together.
 */
export const mostAddressBytes = 48_000

/** What an id adds to the address at most: `&ids=`, and its ASCII characters, percent-encoded but for letters and digits. */
export const addressBytes = (id: string): number => {
  let bytes = 5
  for (let i = 0; i < id.length; i++) {
    const unit = id.charCodeAt(i)
    bytes += (unit >= 48 && unit <= 57) || (unit >= 65 && unit <= 90) || (unit >= 97 && unit <= 122) ? 1 : 3
  }
  return bytes
}
