import { sha256 } from '@noble/hashes/sha2.js'

export const HASH_BYTES = 32
const LEAF_PREFIX = 0x00
const NODE_PREFIX = 0x01

/**
 * Complete subtrees of every eighth level are kept beside the leaves. 8 is the height of a tile in C2SP tlog-tiles: one
 * stored hash stands for 256 below it, so a proof over a million leaves reads about a thousand rows at most.
 */
export const STORED_LEVEL_STEP = 8

/** A complete, aligned subtree: it covers the leaves `index * 2^level` up to `(index + 1) * 2^level`. */
export type NodeId = { level: number; index: number }

/** A complete subtree with its hash. */
export type TreeNode = NodeId & { hash: Uint8Array }

/**
 * All that appending needs to know of a tree: its size and, for every set bit of the size, the hash of one complete
 * subtree, the largest first, 32 bytes each.
 */
export type CompactRange = { size: number; peaks: Uint8Array }

export const EMPTY_RANGE: CompactRange = { size: 0, peaks: new Uint8Array() }

/** The domain-separated hash of a leaf's bytes (RFC 6962 §2.1). */
export function leafHash(data: Uint8Array): Uint8Array {
  const prefixed = new Uint8Array(1 + data.length)
  prefixed[0] = LEAF_PREFIX
  prefixed.set(data, 1)
  return sha256(prefixed)
}

/** The hash of an inner node over its two children (RFC 6962 §2.1). */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  const prefixed = new Uint8Array(1 + left.length + right.length)
  prefixed[0] = NODE_PREFIX
  prefixed.set(left, 1)
  prefixed.set(right, 1 + left.length)
  return sha256(prefixed)
}

/**
 * Appends one leaf hash in O(log n). `completed` names the subtrees that this leaf filled on a stored level (8, 16,
 * 24…): whoever keeps the tree stores them beside the leaf.
 */
export function appendLeaf(
  range: CompactRange,
  leaf: Uint8Array,
): { range: CompactRange; completed: TreeNode[] } {
  const completed: TreeNode[] = []
  let hash = leaf
  let level = 0
  let index = range.size
  let kept = range.peaks.length
  while (index % 2 === 1) {
    kept -= HASH_BYTES
    hash = nodeHash(range.peaks.subarray(kept, kept + HASH_BYTES), hash)
    level += 1
    index = (index - 1) / 2
    if (level % STORED_LEVEL_STEP === 0) completed.push({ level, index, hash })
  }
  const peaks = new Uint8Array(kept + HASH_BYTES)
  peaks.set(range.peaks.subarray(0, kept))
  peaks.set(hash, kept)
  return { range: { size: range.size + 1, peaks }, completed }
}

/** The root of the tree whose peaks these are. The empty tree has the hash of nothing (RFC 6962 §2.1). */
export function rootFromPeaks(peaks: Uint8Array): Uint8Array {
  if (peaks.length === 0) return sha256(new Uint8Array())
  let root: Uint8Array = peaks.slice(peaks.length - HASH_BYTES)
  for (let at = peaks.length - 2 * HASH_BYTES; at >= 0; at -= HASH_BYTES) {
    root = nodeHash(peaks.subarray(at, at + HASH_BYTES), root)
  }
  return root
}

/** The root over a list of leaf hashes. */
export function rootFromLeaves(leaves: Iterable<Uint8Array>): Uint8Array {
  let range = EMPTY_RANGE
  for (const leaf of leaves) range = appendLeaf(range, leaf).range
  return rootFromPeaks(range.peaks)
}

/**
 * The root that an inclusion proof leads to (RFC 9162 §2.1.3.2), or undefined when the proof does not have the form
 * that a leaf at this index of a tree of this size needs.
 */
export function rootFromInclusionProof(
  leaf: Uint8Array,
  index: number,
  size: number,
  proof: Uint8Array[],
): Uint8Array | undefined {
  if (!isSize(index) || !isSize(size) || index >= size || !areHashes([leaf, ...proof])) return undefined
  let first = index
  let last = size - 1
  let root = leaf
  for (const sibling of proof) {
    if (last === 0) return undefined
    if (first % 2 === 1 || first === last) {
      root = nodeHash(sibling, root)
      while (first % 2 === 0 && first !== 0) {
        first = half(first)
        last = half(last)
      }
    } else {
      root = nodeHash(root, sibling)
    }
    first = half(first)
    last = half(last)
  }
  return last === 0 ? root : undefined
}

/** Whether the leaf stands at this index of the tree of this size and root. */
export function verifyInclusion(
  leaf: Uint8Array,
  index: number,
  size: number,
  proof: Uint8Array[],
  root: Uint8Array,
): boolean {
  const actual = rootFromInclusionProof(leaf, index, size, proof)
  return actual !== undefined && equalBytes(actual, root)
}

/** Whether the tree of `size2` and `root2` has the tree of `size1` and `root1` as its beginning (RFC 9162 §2.1.4.2). */
export function verifyConsistency(
  size1: number,
  root1: Uint8Array,
  size2: number,
  root2: Uint8Array,
  proof: Uint8Array[],
): boolean {
  if (!isSize(size1) || !isSize(size2) || size1 > size2 || !areHashes([root1, root2, ...proof])) return false
  if (size1 === 0) return proof.length === 0 && equalBytes(root1, rootFromPeaks(EMPTY_RANGE.peaks))
  if (size1 === size2) return proof.length === 0 && equalBytes(root1, root2)
  let first = size1 - 1
  let last = size2 - 1
  while (first % 2 === 1) {
    first = half(first)
    last = half(last)
  }
  // A first tree that is one complete subtree needs no hash of its own in the proof: its root is that hash.
  const [start, ...rest] = first === 0 ? [root1, ...proof] : proof
  if (start === undefined) return false
  let actual1 = start
  let actual2 = start
  for (const sibling of rest) {
    if (last === 0) return false
    if (first % 2 === 1 || first === last) {
      actual1 = nodeHash(sibling, actual1)
      actual2 = nodeHash(sibling, actual2)
      while (first % 2 === 0 && first !== 0) {
        first = half(first)
        last = half(last)
      }
    } else {
      actual2 = nodeHash(actual2, sibling)
    }
    first = half(first)
    last = half(last)
  }
  return last === 0 && equalBytes(actual1, root1) && equalBytes(actual2, root2)
}

/** Compares public bytes; not for secrets. */
export function equalBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, position) => byte === right[position])
}

// Sizes go up to 2^53 - 1, where the 32-bit shift operators no longer reach.
const half = (value: number) => Math.floor(value / 2)
const isSize = (value: number) => Number.isSafeInteger(value) && value >= 0
const areHashes = (hashes: Uint8Array[]) => hashes.every((hash) => hash.length === HASH_BYTES)
