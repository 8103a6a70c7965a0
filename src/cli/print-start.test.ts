import { expect, test } from 'vitest'
import { describeChains } from './print-start.ts'

test('the chains that settings name are told, and that none is reached only where there is no devnet either', () => {
  const urls = { '1': ['https://one.example'], '8453': ['https://base.example'] }
  expect(describeChains([1, 8453], urls, false)).toEqual(['  Chains     1, 8453 by RPC_URLS'])
  expect(describeChains([1, 8453, 31337], urls, true)).toEqual(['  Chains     1, 8453 by RPC_URLS'])
  expect(describeChains([31337], undefined, true)).toEqual([])
  expect(describeChains([], undefined, false)).toEqual([expect.stringContaining('none is reached')])
})
