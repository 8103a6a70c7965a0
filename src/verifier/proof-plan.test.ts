import { utf8ToBytes } from '@noble/hashes/utils.js'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  appendLeaf,
  type CompactRange,
  EMPTY_RANGE,
  leafHash,
  nodeHash,
  rootFromPeaks,
  verifyConsistency,
  verifyInclusion,
} from './merkle.ts'
import {
  assembleProof,
  consistencyProofNodes,
  createNodeReader,
  inclusionProofNodes,
  nodeFromStored,
  type ProofPlan,
  storedRowsOf,
} from './proof-plan.ts'

const LARGEST = 5_000

/** What a store keeps: the leaves, the complete subtrees of levels 8, 16, 24…, and the peaks after each leaf. */
type Stored = { rows: Map<string, Uint8Array>; ranges: CompactRange[] }

function storeLeaves(count: number): Stored {
  const rows = new Map<string, Uint8Array>()
  const ranges = [EMPTY_RANGE]
  for (let index = 0; index < count; index += 1) {
    const leaf = leafHash(utf8ToBytes(`leaf ${index}`))
    rows.set(`0/${index}`, leaf)
    const { range, completed } = appendLeaf(ranges.at(-1)!, leaf)
    for (const node of completed) rows.set(`${node.level}/${node.index}`, node.hash)
    ranges.push(range)
  }
  return { rows, ranges }
}

const stored = storeLeaves(LARGEST)
const leafAt = (index: number) => stored.rows.get(`0/${index}`)!
const rootAt = (size: number) => rootFromPeaks(stored.ranges[size]!.peaks)

function getRow(level: number, index: number): Uint8Array {
  const row = stored.rows.get(`${level}/${index}`)
  if (!row) throw new Error(`row ${level}/${index} is not stored`)
  return row
}

// The recursive definitions of RFC 6962 §2.1, §2.1.1 and §2.1.2, word for word; slow, and remembered for that reason.
const known = new Map<string, Uint8Array>()
function treeHash(begin: number, end: number): Uint8Array {
  const key = `${begin}-${end}`
  const hash = known.get(key) ?? hashRange(begin, end)
  known.set(key, hash)
  return hash
}
function hashRange(begin: number, end: number): Uint8Array {
  if (end - begin === 1) return leafAt(begin)
  const middle = begin + split(end - begin)
  return nodeHash(treeHash(begin, middle), treeHash(middle, end))
}
function path(index: number, begin: number, end: number): Uint8Array[] {
  if (end - begin === 1) return []
  const middle = begin + split(end - begin)
  return index < middle
    ? [...path(index, begin, middle), treeHash(middle, end)]
    : [...path(index, middle, end), treeHash(begin, middle)]
}
function subproof(size: number, begin: number, end: number, complete: boolean): Uint8Array[] {
  if (size === end) return complete ? [] : [treeHash(begin, end)]
  const middle = begin + split(end - begin)
  return size <= middle
    ? [...subproof(size, begin, middle, complete), treeHash(middle, end)]
    : [...subproof(size, middle, end, false), treeHash(begin, middle)]
}
const split = (count: number) => 2 ** (Math.ceil(Math.log2(count)) - 1)

const readStored = createNodeReader(getRow)
const readLeavesOnly = createNodeReader(getRow, 0)

test('every leaf of every tree up to 130 leaves has the proof that RFC 6962 defines', () => {
  for (let size = 1; size <= 130; size += 1) {
    expect(rootAt(size)).toEqual(treeHash(0, size))
    for (let index = 0; index < size; index += 1) {
      const proof = assembleProof(inclusionProofNodes(index, size), readLeavesOnly)
      expect(proof).toEqual(path(index, 0, size))
      expect(verifyInclusion(leafAt(index), index, size, proof, rootAt(size))).toBe(true)
    }
  }
})

test('every pair of sizes up to 130 has the consistency proof that RFC 6962 defines', () => {
  for (let size2 = 1; size2 <= 130; size2 += 1) {
    for (let size1 = 1; size1 <= size2; size1 += 1) {
      const proof = assembleProof(consistencyProofNodes(size1, size2), readLeavesOnly)
      expect(proof).toEqual(subproof(size1, 0, size2, true))
      expect(verifyConsistency(size1, rootAt(size1), size2, rootAt(size2), proof)).toBe(true)
    }
  }
  expect(consistencyProofNodes(0, 130)).toEqual([])
})

const size = fc.integer({ min: 1, max: LARGEST })
const place = size.chain((total) => fc.tuple(fc.nat(total - 1), fc.constant(total)))
const twoSizes = size.chain((larger) => fc.tuple(fc.integer({ min: 1, max: larger }), fc.constant(larger)))

test('proofs of larger trees from stored levels equal the definition and verify', () => {
  fc.assert(
    fc.property(place, ([index, total]) => {
      const proof = assembleProof(inclusionProofNodes(index, total), readStored)
      expect(proof).toEqual(path(index, 0, total))
      expect(verifyInclusion(leafAt(index), index, total, proof, rootAt(total))).toBe(true)
    }),
    { numRuns: 300 },
  )
  fc.assert(
    fc.property(twoSizes, ([size1, size2]) => {
      const proof = assembleProof(consistencyProofNodes(size1, size2), readStored)
      expect(proof).toEqual(subproof(size1, 0, size2, true))
      expect(verifyConsistency(size1, rootAt(size1), size2, rootAt(size2), proof)).toBe(true)
    }),
    { numRuns: 300 },
  )
})

test('an altered proof never verifies', () => {
  const alteration = fc.record({
    element: fc.nat(),
    byte: fc.nat(31),
    flip: fc.integer({ min: 1, max: 255 }),
  })
  const alter = (
    proof: Uint8Array[],
    { element, byte, flip }: { element: number; byte: number; flip: number },
  ) => {
    const copy = proof.map((hash) => hash.slice())
    copy[element % copy.length]![byte]! ^= flip
    return copy
  }
  fc.assert(
    fc.property(place, alteration, ([index, total], change) => {
      fc.pre(total > 1)
      const proof = assembleProof(inclusionProofNodes(index, total), readStored)
      const root = rootAt(total)
      expect(verifyInclusion(leafAt(index), index, total, alter(proof, change), root)).toBe(false)
      expect(verifyInclusion(leafAt(index), index, total, proof.slice(1), root)).toBe(false)
      expect(verifyInclusion(leafAt(index), index, total, [...proof, proof[0]!], root)).toBe(false)
      expect(verifyInclusion(leafAt((index + 1) % total), index, total, proof, root)).toBe(false)
    }),
    { numRuns: 200 },
  )
  fc.assert(
    fc.property(twoSizes, alteration, ([size1, size2], change) => {
      fc.pre(size1 < size2)
      const proof = assembleProof(consistencyProofNodes(size1, size2), readStored)
      const [root1, root2] = [rootAt(size1), rootAt(size2)]
      expect(verifyConsistency(size1, root1, size2, root2, alter(proof, change))).toBe(false)
      expect(verifyConsistency(size1, root1, size2, root2, proof.slice(1))).toBe(false)
      expect(verifyConsistency(size1, root2, size2, root2, proof)).toBe(false)
    }),
    { numRuns: 200 },
  )
})

// The trees drawn in github.com/transparency-dev/merkle, proof/proof_test.go, with their nodes as level/index.
const INCLUSION_PLANS: [index: number, size: number, plan: string][] = [
  [1, 3, '0/0 0/2'],
  [0, 7, '0/1 1/1 1/2+0/6'],
  [6, 7, '1/2 2/0'],
  [10, 15, '0/11 1/4 1/6+0/14 3/0'],
  [24, 31, '0/25 1/13 1/14+0/30 3/2 4/0'],
  [81, 95, '0/80 1/41 2/21 2/22+1/46+0/94 4/4 6/0'],
]
const CONSISTENCY_PLANS: [size1: number, size2: number, plan: string][] = [
  [1, 6, '0/1 1/1 1/2'],
  [3, 7, '0/2 0/3 1/0 1/2+0/6'],
  [4, 7, '1/2+0/6'],
  [6, 7, '1/2 0/6 2/0'],
  [7, 7, ''],
  [24, 31, '3/2 2/6+1/14+0/30 4/0'],
  [81, 95, '0/80 0/81 1/41 2/21 2/22+1/46+0/94 4/4 6/0'],
]
const show = (plan: ProofPlan) =>
  plan.map((nodes) => nodes.map(({ level, index }) => `${level}/${index}`).join('+')).join(' ')

test.each(INCLUSION_PLANS)('leaf %i of %i is proved by %s', (index, total, plan) => {
  expect(show(inclusionProofNodes(index, total))).toBe(plan)
})

test.each(CONSISTENCY_PLANS)('size %i within %i is proved by %s', (size1, size2, plan) => {
  expect(show(consistencyProofNodes(size1, size2))).toBe(plan)
})

test('a proof over a million leaves needs about a thousand rows at most, each once', () => {
  for (const total of [1_000_000, 1_048_575, 1_048_576, 999_999]) {
    for (const index of [0, 1, 255, 256, 65_535, 65_536, 777_777, total - 1]) {
      const plan = inclusionProofNodes(index, total)
      const nodes = plan.flat().map(({ level, index: at }) => `${level}/${at}`)
      expect(new Set(nodes).size).toBe(nodes.length)
      const rows = storedRowsOf([plan]).reduce((sum, { count }) => sum + count, 0)
      // The path takes at most 255 + 255 + 15 rows of levels 0, 8 and 16, the ragged right edge as many.
      expect(rows).toBeLessThanOrEqual(2 * (255 + 255 + 15))
    }
  }
})

test('the rows of many proofs are fetched as few stretches, and are all that the proofs need', () => {
  const total = 4_321
  const plans = [17, 18, 19, 2_000, 4_320].map((index) => inclusionProofNodes(index, total))
  const fetched = new Map<string, Uint8Array>()
  const stretches = storedRowsOf(plans)
  for (const { level, from, count } of stretches) {
    for (let at = from; at < from + count; at += 1) {
      expect(fetched.has(`${level}/${at}`)).toBe(false)
      fetched.set(`${level}/${at}`, getRow(level, at))
    }
  }
  const read = createNodeReader((level, index) => fetched.get(`${level}/${index}`)!)
  expect(plans.map((plan) => assembleProof(plan, read))).toEqual(
    plans.map((plan) => assembleProof(plan, readStored)),
  )
  expect(stretches.length).toBeLessThan(12)
})

test('a subtree is the fold of the rows of the stored level below it', () => {
  expect(nodeFromStored(8, 3)).toMatchObject({ level: 8, from: 3, count: 1 })
  expect(nodeFromStored(11, 1)).toMatchObject({ level: 8, from: 8, count: 8 })
  expect(nodeFromStored(9, 2, 0)).toMatchObject({ level: 0, from: 1024, count: 512 })
  expect(() => nodeFromStored(2, 0).fold([])).toThrow('expected 4 stored hashes, got 0')
})

test('a place outside the tree has no plan', () => {
  expect(() => inclusionProofNodes(5, 5)).toThrow(RangeError)
  expect(() => inclusionProofNodes(-1, 5)).toThrow(RangeError)
  expect(() => inclusionProofNodes(0, 0)).toThrow(RangeError)
  expect(() => consistencyProofNodes(6, 5)).toThrow(RangeError)
})
