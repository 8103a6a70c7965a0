import { expect, test } from 'vitest'
import { makeUrlMask } from './mask-urls.ts'

test.each([
  ['https://eth.example.com/v3/0123456789abcdef', '0123456789abcdef'],
  ['https://eth.example.com/v3/abcdefghijklmnopq', 'abcdefghijklmnopq'],
  ['https://eth.example.com/?apikey=k3y45678', 'k3y45678'],
  ['https://user:p%40ss@eth.example.com/', 'p@ss'],
  ['https://9f8e7d6c5b.chain.example.com/', '9f8e7d6c5b'],
])('what %s holds beside its host is masked, alone and within the address', (url, secret) => {
  const mask = makeUrlMask(['https://other.example.com', url], 1)
  for (const text of [`at ${url}`, `at ${url}/more`, `key ${secret} is over its limit`]) {
    expect(mask(text)).not.toContain(secret)
  }
})

test('an address that holds no secret leaves other words as they are', () => {
  const mask = makeUrlMask(['http://127.0.0.1:8545'], 31337)
  expect(mask('execution reverted at block 12345678')).toBe('execution reverted at block 12345678')
})

test('the id of the chain is no secret where it stands in the address, and a key beside it is', () => {
  const mask = makeUrlMask(['https://rpc.example.com/11155111/k3y45678'], 11155111)
  expect(mask('the RPC of chain 11155111 refused the key k3y45678')).toBe(
    'the RPC of chain 11155111 refused the key [secret]',
  )
})
