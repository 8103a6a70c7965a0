import { useMemo } from 'react'
import type { DescribedAction } from '../../apps/schema.ts'
import type { Json } from '../schema-form/read-schema.ts'
import { type InputForm, useInputForm } from '../schema-form/use-input-form.ts'

type Members = DescribedAction['input_mapping']
type Schema = DescribedAction['event_schema']

export type ActionForm = {
  event: InputForm
  context: InputForm
  asksEvent: boolean
  asksContext: boolean
  faultCount: number
  /** What is sent, or undefined when something is wrong, which is then told at its field. */
  read: () => { event: Members; context: Members } | undefined
}

/** What an action asks for, without the members that the page itself fills in. */
export function useActionForm(action: DescribedAction, filledIn: readonly string[] = []): ActionForm {
  const names = filledIn.join(' ')
  const eventSchema = useMemo(() => without(action.event_schema, names.split(' ')), [action, names])
  const event = useInputForm(formOf(eventSchema))
  const context = useInputForm(formOf(action.context_schema))
  const asksEvent = asksFor(eventSchema)
  const asksContext = asksFor(action.context_schema)
  return {
    event,
    context,
    asksEvent,
    asksContext,
    faultCount: event.faults.size + context.faults.size,
    read() {
      const sent = {
        event: asksEvent ? event.read() : {},
        context: asksContext ? context.read() : {},
      }
      return sent.event === undefined || sent.context === undefined
        ? undefined
        : { event: membersOf(sent.event), context: membersOf(sent.context) }
    },
  }
}

/** Where an action takes the whole of it, there are no fields: it is written as JSON. */
const formOf = (schema: Schema) => (schema.additionalProperties === true ? undefined : schema)

const asksFor = (schema: Schema) =>
  schema.additionalProperties === true || Object.keys(schema.properties ?? {}).length > 0

function without(schema: Schema, names: string[]): Schema {
  const keep = ([name]: [string, Json]) => !names.includes(name)
  const { properties, required, ...rest } = schema
  return {
    ...rest,
    properties: Object.fromEntries(Object.entries((properties ?? {}) as Members).filter(keep)),
    required: ((required ?? []) as string[]).filter((name) => !names.includes(name)),
  }
}

/** A list or a number is no event; the server says so. */
const membersOf = (value: Json): Members => value as Members
