import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Session } from '../store/database.ts'
import { isLoglineId, issueLoglineId } from './logline-id.ts'

const PEPPER = 'a pepper of this installation alone'
const NOW = Date.parse('2026-12-31T23:59:59Z')
const session = (number: string): Session => ({ query: async () => [{ number }] as never[] })
const ana = await issueLoglineId(session('17'), PEPPER, 'BR', NOW)

test('an id has five parts: LL, whom it names, the year, nine digits and a checksum', async () => {
  expect(ana).toMatch(/^LL-BR-2026-000000017-[0-9A-F]{8}$/)
  expect(await issueLoglineId(session('18'), PEPPER, 'AGENT', NOW)).toMatch(/^LL-AGENT-2026-000000018-/)
  expect(isLoglineId(ana, PEPPER)).toBe(true)
})

test('an id with any one character changed, and one of another installation, is none', () => {
  fc.assert(
    fc.property(fc.nat(ana.length - 1), fc.constantFrom(...'0189AFXZ-lr'), (at, other) => {
      fc.pre(ana[at] !== other)
      expect(isLoglineId(ana.slice(0, at) + other + ana.slice(at + 1), PEPPER)).toBe(false)
    }),
  )
  expect(isLoglineId(ana, 'another pepper')).toBe(false)
})

test.each([
  '',
  'LL',
  ana.toLowerCase(),
  `${ana} `,
  `${ana}0`,
  ana.slice(0, -1),
  `LL-BR-2026-${'1'.repeat(60)}-00000000`,
])('%j is none', (text) => {
  expect(isLoglineId(text, PEPPER)).toBe(false)
})
