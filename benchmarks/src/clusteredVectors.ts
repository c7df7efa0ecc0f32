/** Made-up vectors that lie in clusters, as embeddings of texts do, each of length 1. */
import { random, unitVector } from "./vectors.js"

const clusters = 500

/** How far a vector is from the middle of its cluster, whose length is 1. */
const spread = 0.8

/** The vectors side by side. Those of another seed are others of the same clusters. */
export const make = (count: number, dimension: number, seed: number): Float32Array => {
  const ofClusters = random(1)
  const middles = Array.from({ length: clusters }, () => unitVector(ofClusters, dimension))
  const next = random(seed)
  const block = new Float32Array(count * dimension)
  // The length of as many uniform numbers from -1/2 to 1/2 is about the root of a twelfth of their number.
  const scale = spread / Math.sqrt(dimension / 12)
  for (let at = 0; at < block.length; at += dimension) {
    const middle = middles[Math.floor(next() * clusters)]!
    let square = 0
    for (let i = 0; i < dimension; i++) {
      const value = middle[i]! + scale * (next() - 0.5)
      block[at + i] = value
      square += value * value
    }
    const inverse = 1 / Math.sqrt(square)
    for (let i = 0; i < dimension; i++) block[at + i]! *= inverse
  }
  return block
}
