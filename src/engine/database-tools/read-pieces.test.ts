import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ToolError } from '../tools/tool-handler.ts'
import { CATALOGUE, TABLE_NAMES } from './catalogue.ts'
import { compileQuestion } from './compile-question.ts'
import { guardSelect } from './guard-select.ts'
import { MONTHS, QUESTION_WORDS } from './question-words.ts'
import { readPieces } from './read-pieces.ts'
import { foldText } from './split-words.ts'

const NOW = new Date('2026-03-04T12:00:00Z')

/** Every phrase with what it means; the same column word of several tables is one meaning. */
function listMeanings(): [string, string][] {
  const meanings: [string, string][] = Object.entries(QUESTION_WORDS).flatMap(([category, phrases]) =>
    phrases.map((phrase): [string, string] => [phrase, category]),
  )
  for (const names of MONTHS) for (const name of names) meanings.push([name, 'month'])
  for (const table of TABLE_NAMES) {
    const { one, many, columns } = CATALOGUE[table]
    for (const phrase of [...one, ...many]) meanings.push([phrase, `table ${table}`])
    for (const [column, { words, verbs = [], values = {} }] of Object.entries(columns)) {
      for (const phrase of words) meanings.push([phrase, 'column'])
      for (const phrase of verbs) meanings.push([phrase, 'verb'])
      for (const [value, phrases] of Object.entries(values))
        for (const phrase of phrases) meanings.push([phrase, `${column} ${value}`])
    }
  }
  return meanings
}

describe('the words of questions', () => {
  test('no phrase has two meanings, and none is written in a way that is never found', () => {
    const meanings = listMeanings()
    expect(meanings.length).toBeGreaterThan(400)
    const twice = meanings.filter(([phrase, meaning]) =>
      meanings.some(([other, another]) => other === phrase && another !== meaning),
    )
    expect(twice).toEqual([])
    const lost = meanings.filter(([phrase]) => foldText(phrase) !== phrase || readPieces(phrase).length !== 1)
    expect(lost).toEqual([])
  })

  test('a phrase is cut off where it ends, the longest first', () => {
    const seen = (question: string) => readPieces(question).map((piece) => piece.is)
    expect(seen('how many open tickets?')).toEqual(['count', 'value', 'table'])
    expect(seen('Últimos 7 dias')).toEqual(['last', 'number', 'day'])
    expect(seen("tickets that aren't closed, in VV-LISBON")).toEqual([
      ...['table', 'filler', 'not', 'value', 'and', 'preposition', 'value'],
    ])
    expect(seen('"open tickets" ‘x’')).toEqual(['text', 'text', 'text', 'text'])
  })

  test('whatever words come, in whatever order, the question is compiled or refused', () => {
    const phrases = listMeanings().map(([phrase]) => phrase)
    const rest = [
      '5',
      '2026-01-01',
      'VV-LISBON',
      'T-1',
      'maria',
      'Ana',
      '"hot water"',
      '?',
      '%',
      '"',
      "'",
      '(',
      '100',
    ]
    const word = fc.oneof(fc.constantFrom(...phrases), fc.constantFrom(...rest))
    let compiled = 0
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 9 }), (words) => {
        try {
          const { text } = guardSelect(compileQuestion(words.join(' '), NOW), NOW)
          compiled++
          expect(text).toContain('WHERE tenant_id = $1')
        } catch (error) {
          if (!(error instanceof ToolError)) throw error
          expect(error.code).toBe('question_not_understood')
        }
      }),
      // One fixed draw of words: how many happen to form a question is then no matter of luck.
      { numRuns: 6_000, seed: 20_260 },
    )
    expect(compiled).toBeGreaterThan(10)
  })
})
