import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import { expect, test } from 'vitest'
import { decodeBase64 } from './base64.ts'
import {
  appendLeaf,
  EMPTY_RANGE,
  leafHash,
  rootFromInclusionProof,
  rootFromLeaves,
  rootFromPeaks,
  verifyConsistency,
  verifyInclusion,
} from './merkle.ts'
import argon2020 from './testdata/argon2020.json' with { type: 'json' }

// The eight leaves that implementations of Certificate Transparency test with, their roots and proofs:
// github.com/transparency-dev/merkle, proof/verify_test.go, and before it google/certificate-transparency.
const LEAVES = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
]
const ROOTS = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
]
const SOME_HASH = hexToBytes('abacaba000000000000000000000000000000000000000000060061e00123456')
const INCLUSION_PROOFS: { index: number; size: number; proof: string[] }[] = [
  { index: 0, size: 1, proof: [] },
  {
    index: 0,
    size: 8,
    proof: [
      '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
    ],
  },
  {
    index: 5,
    size: 8,
    proof: [
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ],
  },
  { index: 2, size: 3, proof: ['fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125'] },
  {
    index: 1,
    size: 5,
    proof: [
      '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
    ],
  },
]
const CONSISTENCY_PROOFS: { size1: number; size2: number; proof: string[] }[] = [
  { size1: 1, size2: 1, proof: [] },
  {
    size1: 1,
    size2: 8,
    proof: [
      '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
    ],
  },
  {
    size1: 6,
    size2: 8,
    proof: [
      '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ],
  },
  {
    size1: 2,
    size2: 5,
    proof: [
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
    ],
  },
  {
    size1: 6,
    size2: 7,
    proof: [
      '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
      'b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ],
  },
]

const leaves = LEAVES.map((hex) => leafHash(hexToBytes(hex)))
const rootOf = (size: number) => hexToBytes(ROOTS[size - 1]!)
const flipBit = (bytes: Uint8Array) => bytes.map((byte, at) => (at === 0 ? byte ^ 8 : byte))
/** Every way the published tests spoil a proof. */
const spoil = (proof: Uint8Array[], root: Uint8Array) => [
  [...proof, new Uint8Array()],
  [...proof, root],
  [new Uint8Array(), ...proof],
  [root, ...proof],
  proof.slice(0, -1),
  ...proof.map((_, at) => proof.map((hash, other) => (at === other ? flipBit(hash) : hash))),
  [...proof.slice(0, 1), SOME_HASH, ...proof.slice(1)],
]

test('RFC 6962: the roots of the eight known leaves', () => {
  expect(bytesToHex(rootFromLeaves([]))).toBe(
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  )
  for (const [at, root] of ROOTS.entries()) {
    expect(bytesToHex(rootFromLeaves(leaves.slice(0, at + 1)))).toBe(root)
  }
})

test('the peaks hold 32 bytes for each set bit of the size, and lead to the root', () => {
  let range = EMPTY_RANGE
  for (const [at, leaf] of leaves.entries()) {
    range = appendLeaf(range, leaf).range
    const bits = (at + 1).toString(2).replaceAll('0', '').length
    expect(range).toMatchObject({ size: at + 1, peaks: { length: 32 * bits } })
    expect(bytesToHex(rootFromPeaks(range.peaks))).toBe(ROOTS[at])
  }
})

test.each(INCLUSION_PROOFS)('the published inclusion proof of leaf $index in $size holds', (vector) => {
  const { index, size } = vector
  const proof = vector.proof.map(hexToBytes)
  const leaf = leaves[index]!
  expect(verifyInclusion(leaf, index, size, proof, rootOf(size))).toBe(true)

  const spoiled = proof.length === 0 ? [[SOME_HASH]] : spoil(proof, rootOf(size))
  for (const other of spoiled) expect(verifyInclusion(leaf, index, size, other, rootOf(size))).toBe(false)
  for (const [wrongIndex, wrongSize] of [
    [index - 1, size],
    [index + 1, size],
    [index ^ 2, size],
    [index, size * 2],
    [index, Math.floor(size / 2)],
    [index, 0],
    [0.5, size],
    [index, Number.NaN],
  ] as const) {
    expect(verifyInclusion(leaf, wrongIndex, wrongSize, proof, rootOf(size))).toBe(false)
  }
  expect(verifyInclusion(SOME_HASH, index, size, proof, rootOf(size))).toBe(false)
  expect(verifyInclusion(leaf, index, size, proof, SOME_HASH)).toBe(false)
  expect(verifyInclusion(new Uint8Array(), index, size, proof, rootOf(size))).toBe(false)
})

test.each(CONSISTENCY_PROOFS)('the published consistency proof of $size1 in $size2 holds', (vector) => {
  const { size1, size2 } = vector
  const proof = vector.proof.map(hexToBytes)
  const [root1, root2] = [rootOf(size1), rootOf(size2)]
  expect(verifyConsistency(size1, root1, size2, root2, proof)).toBe(true)
  if (proof.length === 0) return

  for (const spoiled of spoil(proof, root2)) {
    expect(verifyConsistency(size1, root1, size2, root2, spoiled)).toBe(false)
  }
  expect(verifyConsistency(size1, root1, size2, root2, [])).toBe(false)
  expect(verifyConsistency(size1, root2, size2, root1, proof)).toBe(false)
  expect(verifyConsistency(size1 - 1, root1, size2, root2, proof)).toBe(false)
  expect(verifyConsistency(size1 + 1, root1, size2, root2, proof)).toBe(false)
  expect(verifyConsistency(size1, root1, size2 * 2, root2, proof)).toBe(false)
  expect(verifyConsistency(size2, root2, size1, root1, proof)).toBe(false)
})

test('the empty tree is the beginning of every tree, and only it is', () => {
  const empty = rootFromLeaves([])
  expect(verifyConsistency(0, empty, 8, rootOf(8), [])).toBe(true)
  expect(verifyConsistency(0, empty, 0, empty, [])).toBe(true)
  expect(verifyConsistency(0, SOME_HASH, 8, rootOf(8), [])).toBe(false)
  expect(verifyConsistency(0, empty, 8, rootOf(8), [SOME_HASH])).toBe(false)
  expect(verifyConsistency(1, rootOf(1), 1, rootOf(2), [])).toBe(false)
  expect(verifyConsistency(2, rootOf(2), 1, rootOf(1), [])).toBe(false)
})

test('proofs of a real log of 961,984,013 certificates hold', () => {
  const bytes = (text: string) => decodeBase64(text)!
  const { size, inclusion, consistency } = argon2020
  const root = bytes(argon2020.root)
  const leaf = leafHash(bytes(inclusion.leaf_input))
  const inclusionProof = inclusion.proof.map(bytes)
  expect(verifyInclusion(leaf, inclusion.index, size, inclusionProof, root)).toBe(true)
  expect(verifyInclusion(leaf, inclusion.index + 1, size, inclusionProof, root)).toBe(false)

  const { from_size, from_root, proof } = consistency
  expect(verifyConsistency(from_size, bytes(from_root), size, root, proof.map(bytes))).toBe(true)
  expect(verifyConsistency(from_size, bytes(from_root), size, leaf, proof.map(bytes))).toBe(false)
})

test('sizes beyond 2^32 are counted without wrapping', () => {
  const size = 2 ** 40
  const proof = Array.from({ length: 40 }, () => SOME_HASH)
  const root = rootFromInclusionProof(SOME_HASH, 2 ** 39, size, proof)!
  expect(verifyInclusion(SOME_HASH, 2 ** 39, size, proof, root)).toBe(true)
  expect(verifyInclusion(SOME_HASH, 2 ** 39 - 2 ** 32, size, proof, root)).toBe(false)
})
