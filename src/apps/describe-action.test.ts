import { expect, test } from 'vitest'
import type { Json } from '../lib/canonical-json.ts'
import { describeAction } from './describe-action.ts'

const describe = (input_mapping: Record<string, Json>, schema: Record<string, Json> | null) => {
  const { event_schema, context_schema } = describeAction(
    {
      action_id: 'a',
      label: 'A',
      workflow_alias: 'w',
      workflow_id: 'w',
      default_mode: 'draft',
      input_mapping,
    },
    schema,
  )
  return { event: event_schema, context: context_schema }
}

test('what has to be sent has the schema of the input it becomes, and is required as that is', () => {
  const schema = {
    type: 'object',
    properties: { hotel_id: { type: 'string', title: 'Hotel' }, note: { type: 'string' } },
    required: ['hotel_id'],
  }
  expect(describe({ hotel_id: '$context.hotel_id', note: '$event.ticket.note', fixed: 1 }, schema)).toEqual({
    context: {
      type: 'object',
      properties: { hotel_id: { type: 'string', title: 'Hotel' } },
      required: ['hotel_id'],
    },
    event: {
      type: 'object',
      properties: { ticket: { type: 'object', properties: { note: { type: 'string' } }, required: [] } },
      required: [],
    },
  })
})

test('what the credential says need not be sent', () => {
  const { context, event } = describe(
    { user: '$context.user_id', mode: '$context.mode', all: '$event' },
    null,
  )
  expect([context.properties, event.properties]).toEqual([{}, {}])
})

test('where the whole event is read, anything may be sent', () => {
  const { event } = describe({ all: '$event' }, null)
  expect(event).toEqual({ type: 'object', properties: {}, required: [], additionalProperties: true })
})
