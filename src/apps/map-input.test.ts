import { describe, expect, test } from 'vitest'
import type { Json } from '../lib/canonical-json.ts'
import { mapInput } from './map-input.ts'

const sent = {
  event: { hotel: { id: 'VV-LISBON', rooms: [{ no: 7 }] }, empty: '', none: null, no: false },
  context: { hotel_id: 'VV-PORTO' },
}
const map = (mapping: Record<string, Json>) => mapInput(mapping, sent)

describe('the input of an action', () => {
  test.each<[string, Json, Json]>([
    ['a member of the event', '$event.hotel.id', 'VV-LISBON'],
    ['a member of the context', '$context.hotel_id', 'VV-PORTO'],
    ['an object as it is', '$event.hotel', sent.event.hotel],
    ['a place in a list', '$event.hotel.rooms.0.no', 7],
    ['the whole event', '$event', sent.event],
    ['an empty text', '$event.empty', ''],
    ['null, which was sent', '$event.none', null],
    ['false', '$event.no', false],
    ['a literal', 'VV-FARO', 'VV-FARO'],
    ['a number', 5, 5],
    ['text around a reference, which is a literal', 'see $event.hotel.id', 'see $event.hotel.id'],
    ['another name after the dollar', '$events.hotel', '$events.hotel'],
    ['references further down', { at: ['$event.hotel.id', 1] }, { at: ['VV-LISBON', 1] }],
  ])('is %s', (_, value, expected) => {
    expect(map({ value })).toEqual({ input: { value: expected }, unresolved: [] })
  })

  test.each([
    '$event.hotel.name',
    '$event.hotel.rooms.1',
    '$event.hotel.rooms.length',
    '$event.toString',
    '$event.constructor.name',
    '$event.__proto__',
    '$context.hotel_id.0',
  ])('leaves %s out, which was not sent, and tells it', (reference) => {
    expect(map({ kept: 1, gone: reference })).toEqual({
      input: { kept: 1 },
      unresolved: [{ path: 'input_mapping.gone', reference }],
    })
  })

  test('a missing item of a list is null, so that the others stay in place', () => {
    expect(map({ list: ['$event.x', 2] }).input).toEqual({ list: [null, 2] })
  })

  test('what was sent is never read as a mapping', () => {
    const { input } = mapInput(
      { text: '$event.text' },
      { event: { text: '$context.secret' }, context: { secret: 1 } },
    )
    expect(input).toEqual({ text: '$context.secret' })
  })
})
