import { expect, test } from 'vitest'
import { answerOf, findSaid } from './read-turn.ts'

test('what was said is found where the mapping put it', () => {
  expect(findSaid({ question: '$event.message' }, { question: 'Hello' })).toBe('Hello')
  expect(findSaid({ a: 1, to: { desk: '$event.message' } }, { a: 1, to: { desk: 'Hello' } })).toBe('Hello')
  expect(findSaid({ all: '$event' }, { all: { message: 'Hello' } })).toBe('Hello')
})

test('nothing was said where the run was given something else', () => {
  expect(findSaid({ question: '$event.message' }, {})).toBeNull()
  expect(findSaid({ question: '$event.message' }, { question: 7 })).toBeNull()
  expect(findSaid({ question: '$event.text' }, { question: 'Hello' })).toBeNull()
  expect(findSaid({ toString: '$event.message' }, {})).toBeNull()
})

test('an answer is the text of a result, or all of it where it has none', () => {
  expect(answerOf('Done.')).toBe('Done.')
  expect(answerOf({ agent_id: 'a', text: 'Done.', tool_calls: [] })).toBe('Done.')
  expect(answerOf({ text: '', summary: '2 tickets' })).toBe('2 tickets')
  expect(answerOf({ tickets: [] })).toEqual({ tickets: [] })
  expect(answerOf(null)).toBeNull()
})
