import { expect, test } from 'vitest'
import { cutText, findMixedScripts, hidesSomething, revealAsString, revealText } from './reveal-text.ts'

test('text without hidden characters stays in one piece', () => {
  expect(revealText('Buy café crème, 101.00 € from 東京 ✓')).toEqual([
    { text: 'Buy café crème, 101.00 € from 東京 ✓' },
  ])
})

test.each([
  ['right-to-left override', '\u202eEMCA', '⟨U+202E⟩EMCA'],
  ['isolate', 'a\u2066b\u2069', 'a⟨U+2066⟩b⟨U+2069⟩'],
  ['zero-width space', 'AC\u200bME', 'AC⟨U+200B⟩ME'],
  ['soft hyphen', 'AC\u00adME', 'AC⟨U+00AD⟩ME'],
  ['tag characters', 'A\u{e0041}', 'A⟨U+E0041⟩'],
  ['NUL and newline', 'a\0b\nc', 'a⟨U+0000⟩b⟨U+000A⟩c'],
  ['no-break space', '1\u00a0000', '1⟨U+00A0⟩000'],
  ['Hangul filler', 'a\u3164', 'a⟨U+3164⟩'],
  ['blank Braille', 'a\u2800', 'a⟨U+2800⟩'],
  ['lone surrogate', 'a\ud800b', 'a⟨U+D800⟩b'],
  ['private use', '\ue000', '⟨U+E000⟩'],
  ['line separator', 'a\u2028b', 'a⟨U+2028⟩b'],
])('%s is written out', (_name, text, shown) => {
  expect(revealAsString(text)).toBe(shown)
  expect(hidesSomething(text)).toBe(true)
})

test('a run of one hidden character is one piece with its count', () => {
  expect(revealText(`a${'\u200b'.repeat(500)}b`)).toEqual([
    { text: 'a' },
    { codePoint: 0x200b, count: 500 },
    { text: 'b' },
  ])
})

test('spaces that push text away, and spaces at the edges, are written out; single ones are not', () => {
  expect(revealText('a b')).toEqual([{ text: 'a b' }])
  expect(revealText(`a${' '.repeat(200)}b`)).toEqual([
    { text: 'a' },
    { codePoint: 0x20, count: 200 },
    { text: 'b' },
  ])
  expect(revealText(' a')).toEqual([{ codePoint: 0x20, count: 1 }, { text: 'a' }])
})

test('stacked marks are written out from the third on, and a mark without a letter always', () => {
  expect(revealAsString('a\u0301\u0302\u0303')).toBe('a\u0301\u0302⟨U+0303⟩')
  expect(revealAsString('\u0338x')).toBe('⟨U+0338⟩x')
})

test('a cut never splits a character', () => {
  expect(cutText('ab😀c', 3)).toBe('ab')
  expect(cutText('ab😀c', 4)).toBe('ab😀')
  expect(cutText('abc', 9)).toBe('abc')
})

test('a word that mixes look-alike scripts is found', () => {
  expect(findMixedScripts('pay АCME now')).toEqual({
    word: 'АCME',
    letters: [{ letter: 'А', script: 'Cyrillic' }],
  })
  expect(findMixedScripts('pay ACME или Иван')).toBeNull()
  expect(findMixedScripts('東京 Tower')).toBeNull()
})

test('a megabyte is taken apart, whether it hides much or nothing', () => {
  expect(revealText('a'.repeat(1_000_000))).toHaveLength(1)
  expect(revealText('a\u200b'.repeat(100_000))).toHaveLength(200_000)
})
