import { type NodeId, nodeHash, STORED_LEVEL_STEP } from './merkle.ts'

/**
 * What a proof is made of: for each of its elements, in order, the complete subtrees that make it up, left to right.
 * Most elements are one complete subtree. The ragged right edge of a tree is several: they fold from the right, as
 * RFC 6962 §2.1 splits off the largest complete subtree first. No subtree occurs twice in a plan.
 */
export type ProofPlan = NodeId[][]

/** A contiguous stretch of stored hashes of one level. */
export type StoredRows = { level: number; from: number; count: number }

/** Which subtrees prove that the leaf at `index` is in the tree of `size` leaves (RFC 6962 §2.1.1). */
export function inclusionProofNodes(index: number, size: number): ProofPlan {
  if (!isSize(index) || !isSize(size) || index >= size) {
    throw new RangeError(`expected a leaf of the tree, got leaf ${index} of ${size}`)
  }
  const plan: ProofPlan = []
  let begin = 0
  let end = size
  while (end - begin > 1) {
    const middle = begin + splitPoint(end - begin)
    if (index < middle) {
      plan.push(coverRange(middle, end))
      end = middle
    } else {
      plan.push(coverRange(begin, middle))
      begin = middle
    }
  }
  // The walk goes from the root down, a proof from the leaf up.
  return plan.reverse()
}

/** Which subtrees prove that the tree of `size2` leaves begins with the tree of `size1` leaves (RFC 6962 §2.1.2). */
export function consistencyProofNodes(size1: number, size2: number): ProofPlan {
  if (!isSize(size1) || !isSize(size2) || size1 > size2) {
    throw new RangeError(`expected the smaller size first, got ${size1} and ${size2}`)
  }
  if (size1 === 0 || size1 === size2) return []
  const plan: ProofPlan = []
  let begin = 0
  let end = size2
  while (size1 < end) {
    const middle = begin + splitPoint(end - begin)
    if (size1 <= middle) {
      plan.push(coverRange(middle, end))
      end = middle
    } else {
      plan.push(coverRange(begin, middle))
      begin = middle
    }
  }
  // When the walk never turned right, what is left is the whole first tree, whose root the verifier holds already.
  if (begin > 0) plan.push(coverRange(begin, end))
  return plan.reverse()
}

/** Makes the proof from its plan. `getNode` gives the hash of a complete subtree and is asked once for each. */
export function assembleProof(plan: ProofPlan, getNode: (node: NodeId) => Uint8Array): Uint8Array[] {
  return plan.map((nodes) => nodes.map(getNode).reduceRight((right, left) => nodeHash(left, right)))
}

/**
 * Which stored hashes make up a complete subtree, and how. Stored are the leaves (level 0) and the complete subtrees of
 * levels 8, 16, 24… up to `topStoredLevel`; 0 means that only leaves are stored.
 */
export function nodeFromStored(
  level: number,
  index: number,
  topStoredLevel = Number.POSITIVE_INFINITY,
): StoredRows & { fold(hashes: Uint8Array[]): Uint8Array } {
  const stored = Math.min(level - (level % STORED_LEVEL_STEP), topStoredLevel)
  const count = 2 ** (level - stored)
  return {
    level: stored,
    from: index * count,
    count,
    fold(hashes) {
      if (hashes.length !== count)
        throw new RangeError(`expected ${count} stored hashes, got ${hashes.length}`)
      return foldPairs(hashes)
    },
  }
}

/** The stored rows that all these plans together need, each once, as few contiguous stretches as possible. */
export function storedRowsOf(plans: ProofPlan[], topStoredLevel?: number): StoredRows[] {
  const rows = plans.flat(2).map((node) => nodeFromStored(node.level, node.index, topStoredLevel))
  rows.sort((left, right) => left.level - right.level || left.from - right.from)
  const merged: StoredRows[] = []
  for (const { level, from, count } of rows) {
    const last = merged.at(-1)
    if (last?.level === level && from <= last.from + last.count) {
      last.count = Math.max(last.count, from + count - last.from)
    } else {
      merged.push({ level, from, count })
    }
  }
  return merged
}

/** A `getNode` for `assembleProof` over stored rows, which folds each subtree once however many proofs share it. */
export function createNodeReader(
  getRow: (level: number, index: number) => Uint8Array,
  topStoredLevel?: number,
): (node: NodeId) => Uint8Array {
  const folded = new Map<string, Uint8Array>()
  return ({ level, index }) => {
    const key = `${level}/${index}`
    const known = folded.get(key)
    if (known) return known
    const rows = nodeFromStored(level, index, topStoredLevel)
    const hash = rows.fold(Array.from({ length: rows.count }, (_, at) => getRow(rows.level, rows.from + at)))
    folded.set(key, hash)
    return hash
  }
}

/** The complete subtrees that cover `[begin, end)`, largest first. `begin` is aligned wherever RFC 6962 splits. */
function coverRange(begin: number, end: number): NodeId[] {
  const nodes: NodeId[] = []
  let at = begin
  while (at < end) {
    let level = 0
    while (2 ** (level + 1) <= end - at) level += 1
    nodes.push({ level, index: at / 2 ** level })
    at += 2 ** level
  }
  return nodes
}

function foldPairs(hashes: Uint8Array[]): Uint8Array {
  let row = hashes
  while (row.length > 1) {
    const above: Uint8Array[] = []
    for (let at = 0; at < row.length; at += 2) above.push(nodeHash(row[at]!, row[at + 1]!))
    row = above
  }
  return row[0]!
}

/** The largest power of two below `count`: where RFC 6962 divides a tree. */
function splitPoint(count: number): number {
  let point = 1
  while (point * 2 < count) point *= 2
  return point
}

const isSize = (value: number) => Number.isSafeInteger(value) && value >= 0
