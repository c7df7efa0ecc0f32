/**
 * The most bytes of ids in a fetch. They travel in the address, and proxies take 60 KiB for it and all headers together.
 */
export const mostBytes = 48_000

/** What an id adds to the address at most: `&ids=`, and its characters percent-encoded; half of a pair as the sign that stands for it. */
export const bytesOfId = (id: string): number => {
  let bytes = 5
  for (let i = 0; i < id.length; i++) {
    const unit = id.charCodeAt(i)
    if ((unit >= 48 && unit <= 57) || (unit >= 65 && unit <= 90) || (unit >= 97 && unit <= 122)) bytes += 1
    else if (unit < 0x80) bytes += 3
    else if (unit < 0x800) bytes += 6
    else if (isHigh(unit) && isLow(id.charCodeAt(i + 1))) {
      bytes += 12
      i++
    } else bytes += 9
  }
  return bytes
}

const isHigh = (unit: number) => unit >= 0xd800 && unit <= 0xdbff

const isLow = (unit: number) => unit >= 0xdc00 && unit <= 0xdfff
