import { expect, test } from 'vitest'
import { makeUrlMask } from './mask-urls.ts'

test.each([
  ['https://eth.example.com/v3/0123456789abcdef', '0123456789abcdef'],
  ['https://eth.example.com/v3/abcdefghijklmnopq', 'abcdefghijklmnopq'],
  ['https://eth.example.com/?apikey=k3y45678', 'k3y45678'],
  ['https://user:p%40ss@eth.example.com/', 'p@ss'],
  ['https://9f8e7d6c5b.chain.example.com/', '9f8e7d6c5b'],
])('what %s holds beside its host is masked, alone and within the address', (url, secret) => {
  const mask = makeUrlMask(['https://other.example.com', url])
  for (const text of [`at ${url}`, `at ${url}/more`, `key ${secret} is over its limit`]) {
    expect(mask(text)).not.toContain(secret)
  }
})

test('an address that holds no secret leaves other words as they are', () => {
  const mask = makeUrlMask(['http://127.0.0.1:8545'])
  expect(mask('execution reverted at block 12345678')).toBe('execution reverted at block 12345678')
})
