import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { verifyAtom } from '../atomic/verify-atom.ts'
import { project } from './project.ts'
import { refract } from './refract.ts'
import { refractToAtomic } from './refract-to-atomic.ts'
import { ADDRESSES, arbitraryText, IDENTIFIERS } from './text.fixture.ts'

const frequenciesOf = (text: string, language?: string) =>
  refract(text, language)
    .filter(({ frequency }) => frequency !== 'F_VOID')
    .map(({ frequency, value }) => `${value} ${frequency}`)

describe('refracting a text', () => {
  test('gives each piece its frequency and its phase', () => {
    expect(refract('Error: Network 10.0.0.1 failed')).toEqual([
      { frequency: 'F_KEY', value: 'Error', phase: 0 },
      { frequency: 'F_META', value: ':', phase: 1 },
      { frequency: 'F_VOID', value: ' ', phase: 2 },
      { frequency: 'F_KEY', value: 'Network', phase: 3 },
      { frequency: 'F_VOID', value: ' ', phase: 4 },
      { frequency: 'F_NET', value: '10.0.0.1', phase: 5 },
      { frequency: 'F_VOID', value: ' ', phase: 6 },
      { frequency: 'F_KEY', value: 'failed', phase: 7 },
    ])
    expect(frequenciesOf('Red File')).toEqual(['Red F_ADJ', 'File F_NOUN'])
    expect(refract('')).toEqual([])
  })

  test('loses nothing of a text as people write it', () => {
    fc.assert(
      fc.property(arbitraryText, fc.constantFrom('en', 'pt', 'fr'), (text, language) => {
        const tokens = refract(text, language)
        expect(tokens.map(({ value }) => value).join('')).toBe(text)
        expect(tokens.map(({ phase }) => phase)).toEqual(tokens.map((_, index) => index))
        expect(tokens.every(({ value }) => value !== '')).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  test('loses nothing of any sequence of code units, half characters included', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        expect(project(refract(text))).toBe(text)
        const torn = text.slice(1, -1)
        expect(project(refract(torn))).toBe(torn)
      }),
      { numRuns: 500 },
    )
    for (const text of ['\r\n\r\n', '\ufeff', '\u0301', '\ud83d', '👩‍👩‍👧🇧🇷1️⃣', 'e\u0301', '\0', 'a\u200db']) {
      expect(project(refract(text))).toBe(text)
    }
  })

  test('does not depend on the order of the list of tokens', () => {
    expect(project(refract('Error: Network 10.0.0.1 failed').toReversed())).toBe(
      'Error: Network 10.0.0.1 failed',
    )
  })

  test.each(ADDRESSES)('%s is an address, in a sentence too', (address) => {
    expect(frequenciesOf(address)).toEqual([`${address} F_NET`])
    expect(frequenciesOf(`see ${address}.`)).toContain(`${address} F_NET`)
    expect(frequenciesOf(`(${address}), then`)).toContain(`${address} F_NET`)
  })

  test.each(IDENTIFIERS)('%s is an identifier, in a sentence too', (identifier) => {
    expect(frequenciesOf(identifier)).toEqual([`${identifier} F_CODE`])
    expect(frequenciesOf(`see ${identifier}.`)).toContain(`${identifier} F_CODE`)
    expect(frequenciesOf(`in ${identifier}, then`)).toContain(`${identifier} F_CODE`)
  })

  test.each([
    'open',
    'Error',
    'NETWORK',
    'gizmo',
    'and/or',
    'Maria',
    'não',
    'done.Next',
    'check-in',
    "guest's",
  ])('the plain word in %s is no identifier', (text) => {
    expect(frequenciesOf(text).join()).not.toMatch(/F_CODE|F_NET/)
  })

  test.each([
    ['2024-12-31', '2024-12-31 F_TEMP'],
    ['2024-12-31T10:30:00.5Z', '2024-12-31T10:30:00.5Z F_TEMP'],
    ['2024-12-31T10:30-03:00', '2024-12-31T10:30-03:00 F_TEMP'],
    ['12/31/2024', '12/31/2024 F_TEMP'],
    ['31/12/2024', '31/12/2024 F_TEMP'],
    ['10:30', '10:30 F_TEMP'],
    ['10:30:59', '10:30:59 F_TEMP'],
    ['10:30pm', '10:30pm F_TEMP'],
    ['3PM', '3PM F_TEMP'],
    ['42', '42 F_NUM'],
    ['1,234.56', '1,234.56 F_NUM'],
    ['1.2.3', '1.2.3 F_NUM'],
    ['10.0.0.256', '10.0.0.256 F_NUM'],
    ['😀', '😀 F_META'],
  ])('%s is read as one piece', (text, expected) => {
    expect(frequenciesOf(text)).toEqual([expected])
  })

  test.each(['2024-02-30', '32/13/2024', '25:00', '10:75'])('%s is no date or time', (text) => {
    expect(frequenciesOf(text).join()).not.toContain('F_TEMP')
  })

  test('reads a word by its neighbours where it can be several things', () => {
    expect(frequenciesOf('a new order')).toContain('order F_NOUN')
    expect(frequenciesOf('please order it')).toContain('order F_KEY')
    expect(frequenciesOf('open the door')).toContain('open F_KEY')
    expect(frequenciesOf('open doors')).toContain('open F_ADJ')
    expect(frequenciesOf('request approved')).toContain('approved F_ADJ')
    expect(frequenciesOf('she approved it')).toContain('approved F_KEY')
  })

  test('reads other languages by their own dictionary, and every word is F_KEY where there is none', () => {
    expect(frequenciesOf('Arquivo Vermelho', 'pt-BR')).toEqual(['Arquivo F_NOUN', 'Vermelho F_ADJ'])
    expect(frequenciesOf('Arquivo Vermelho')).toEqual(['Arquivo F_KEY', 'Vermelho F_KEY'])
    expect(frequenciesOf('fichier rouge 10.0.0.1', 'fr')).toEqual([
      'fichier F_KEY',
      'rouge F_KEY',
      '10.0.0.1 F_NET',
    ])
  })

  test.each([
    'a.-',
    'a-_-',
    'A.',
    'a/',
    '/a....x',
    'http://((',
    '`',
    '{a',
    'a@',
    '1.',
    'very ',
    'red and ',
    '::',
    "a'",
  ])('takes no longer than in proportion to its length, were it nothing but %j', (piece) => {
    const text = piece.repeat(30_000)
    const started = performance.now()
    expect(project(refract(text))).toBe(text)
    // In proportion it takes some 50 ms; in proportion to the square it would take minutes.
    expect(performance.now() - started).toBeLessThan(5_000)
  })
})

describe('the atom of a refracted text', () => {
  test('holds the text and its tokens, and verifies', () => {
    const atom = refractToAtomic('Error: Network 10.0.0.1 failed')
    expect(atom.type).toBe('text.refracted@1.0.0')
    expect(atom.body).toEqual({
      text: 'Error: Network 10.0.0.1 failed',
      language: 'en',
      components: refract('Error: Network 10.0.0.1 failed'),
    })
    expect(verifyAtom(atom)).toEqual({ valid: true })
  })

  test('is the same for the same text, however its letters are composed, and another for another', () => {
    expect(refractToAtomic('situação')).toEqual(refractToAtomic('situac\u0327a\u0303o'))
    expect(refractToAtomic('red').hash).not.toBe(refractToAtomic('rede').hash)
    expect(refractToAtomic('rede', 'pt').hash).not.toBe(refractToAtomic('rede').hash)
  })

  test('says who asked, when and in which run, where that is told', () => {
    const atom = refractToAtomic('red', 'en', {
      who: { id: 'agent.triage', role: 'agent' },
      now: '2026-01-02T03:04:05.000Z',
      runId: 'run_1',
      stepId: 'step_1',
      tenantId: 'tenant_1',
      mode: 'draft',
    })
    expect(atom.meta).toMatchObject({
      header: { who: { id: 'agent.triage' }, when: { ts: '2026-01-02T03:04:05.000Z' }, status: 'REVIEW' },
      trace_id: 'run_1',
      context_id: 'step_1',
      owner_id: 'tenant_1',
    })
  })
})
