import { expect, test } from 'vitest'
import { hashJson } from '../../verifier/hash-json.ts'
import { checkPayload, findBlock, hashOfShown } from './check-payload.ts'

const payload = { amount: 500, currency: 'EUR', merchant: 'Acme' }
const payload_sha256 = hashJson(payload)
const other = hashJson({ ...payload, amount: 5 })

test('what is shown is held against the hash that binds', async () => {
  expect(await checkPayload({ payload, payload_sha256 })).toBe('same')
  expect(await checkPayload({ payload, payload_sha256: other })).toBe('differs')
  expect(await checkPayload({ payload: null, payload_sha256 })).toBe('differs')
  expect(await checkPayload({ payload: null, payload_sha256: null })).toBe('unchecked')
  expect(await checkPayload({ payload, payload_sha256: null })).toBe('unchecked')
})

test('a passkey signs the hash of what is shown, and nothing where another is named', async () => {
  expect(await hashOfShown({ payload, payload_sha256 })).toBe(payload_sha256)
  for (const named of [other, null]) {
    await expect(hashOfShown({ payload, payload_sha256: named })).rejects.toThrow('Nothing was signed')
  }
  await expect(hashOfShown({ payload: null, payload_sha256 })).rejects.toThrow('Nothing was signed')
})

test('where a proof is wanted nothing is approved before what is shown was found to be what binds', () => {
  const signed = { require_fresh_authentication: 'passkey' as const }
  expect(findBlock(signed, 'same', false)).toBeNull()
  for (const check of ['busy', 'unchecked', 'differs'] as const) {
    expect(findBlock(signed, check, false), check).toBe('approve')
  }
  expect(findBlock({}, 'unchecked', false)).toBeNull()
  expect(findBlock({}, 'differs', false)).toBe('approve')
  expect(findBlock(signed, 'same', true)).toBe('all')
})
