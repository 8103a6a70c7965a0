import { expect, test } from 'vitest'
import { quoteForShell } from './shell-quote.ts'

test('a plain word stays bare, everything else is one quoted argument', () => {
  expect(quoteForShell('http://127.0.0.1:8000/v1/runs/run_1/journal')).toBe(
    'http://127.0.0.1:8000/v1/runs/run_1/journal',
  )
  expect(quoteForShell("a'; rm -rf ~ #")).toBe(`'a'\\''; rm -rf ~ #'`)
  expect(quoteForShell('a&b')).toBe("'a&b'")
  expect(quoteForShell('$(id)')).toBe("'$(id)'")
  expect(quoteForShell('')).toBe("''")
})
