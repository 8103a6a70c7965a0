import { expect, test } from 'vitest'
import { asAnswer } from './node-answer.ts'

const failing = (...chain: Record<string, unknown>[]) =>
  Promise.reject(
    chain.reduceRight<unknown>(
      (cause, fields) => Object.assign(new Error('failed'), fields, { cause }),
      undefined,
    ),
  )

test('what comes is the answer', async () => {
  expect(await asAnswer(Promise.resolve('0x1'))).toEqual({ answered: true, answer: '0x1' })
})

test.each([
  [
    'a method that is not there',
    [{}, { code: -32601, details: 'Method not found' }],
    'Method not found',
    undefined,
  ],
  [
    'a revert',
    [{ code: 3, data: '0x08c379a0', details: 'execution reverted' }],
    'execution reverted',
    '0x08c379a0',
  ],
  [
    'a revert told in an object',
    [{ code: -32000, data: { data: '0xab' }, message: 'reverted' }],
    'reverted',
    '0xab',
  ],
  ['HTTP that forbids', [{ status: 403, message: 'forbidden' }], 'forbidden', undefined],
])('%s is a refusal', async (_, chain, message, data) => {
  expect(await asAnswer(failing(...chain))).toEqual({ answered: false, message, data })
})

test.each([
  ['nobody there', [{ message: 'fetch failed' }]],
  ['a limit', [{}, { code: -32005 }]],
  ['too many requests', [{ status: 429 }]],
  ['a server that broke', [{ status: 502 }, { code: -32603 }]],
  ['a code that is no number', [{ code: 'ECONNREFUSED' }]],
])('%s is no answer, and thrown', async (_, chain) => {
  await expect(asAnswer(failing(...chain))).rejects.toThrow()
})
