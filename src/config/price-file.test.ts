import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readConfig } from '../config.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-prices-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The setting as it names a file with this in it. */
function read(content: string) {
  const path = join(folder, 'prices.json')
  writeFileSync(path, content)
  return readConfig({ COUNTERSIGN_MODEL_PRICES: path }).COUNTERSIGN_MODEL_PRICES
}

test('prices stand in a file, with their day and source where somebody wrote them down', () => {
  const prices = {
    'openai/gpt-4o': {
      input: 225,
      output: 900,
      cached_input: 112,
      as_of: '2026-01-15',
      source: 'our contract',
    },
    'openai-compatible/org/llama': { input: 0, output: 0 },
  }
  expect(read(JSON.stringify(prices))).toEqual(prices)
  expect(readConfig({}).COUNTERSIGN_MODEL_PRICES).toBeUndefined()
})

test.each([
  ['{"openai/gpt-4o": ', /prices\.json is no JSON/],
  ['[]', /is no table of prices: .*record/],
  ['{"gpt-4o": {"input": 1, "output": 1}}', /gpt-4o: .*/],
  ['{"openai/gpt-4o": {"input": 1}}', /openai\/gpt-4o\.output: .*number/],
  ['{"openai/gpt-4o": {"input": -1, "output": 1}}', /openai\/gpt-4o\.input: .*0/],
  ['{"openai/gpt-4o": {"input": "2.50", "output": 1}}', /openai\/gpt-4o\.input: .*number/],
  ['{"openai/gpt-4o": {"input": 1, "output": 1, "per": "month"}}', /openai\/gpt-4o: .*per/],
])('a file that holds %s stops the start and says what is wrong', (content, said) => {
  expect(() => read(content)).toThrow(/^settings are wrong:\n {2}COUNTERSIGN_MODEL_PRICES: /)
  expect(() => read(content)).toThrow(said)
})

test('a file that is not there stops the start and is named', () => {
  const path = join(folder, 'no-such.json')
  expect(() => readConfig({ COUNTERSIGN_MODEL_PRICES: path })).toThrow(`${path} cannot be read (ENOENT)`)
})
