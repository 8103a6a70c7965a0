import type { Json } from '../lib/canonical-json.ts'
import { readReference } from './map-input.ts'
import type { AppAction, DescribedAction } from './schema.ts'

type JsonObject = Record<string, Json>

/** What of `context` is taken from the credential and the request itself, so that nobody has to send it. */
export const KNOWN_CONTEXT = new Set(['user_id', 'tenant_id', 'app_id', 'role', 'logline_id', 'mode'])

/**
 * What has to be sent to an action, as JSON Schema: the members that its mapping reads, each with the schema of the
 * input it becomes.
 */
export function describeAction(action: AppAction, inputSchema: JsonObject | null): DescribedAction {
  const event = emptyObject()
  const context = emptyObject()
  const visit = (value: Json, schema: JsonObject, isRequired: boolean) => {
    const reference = readReference(value)
    if (reference) {
      const [member, ...below] = reference.path
      const into = reference.root === 'event' ? event : context
      if (member === undefined) {
        into.additionalProperties = true
        return
      }
      if (reference.root === 'context' && KNOWN_CONTEXT.has(member)) return
      place(into, [member, ...below], schema, isRequired)
    } else if (Array.isArray(value)) {
      for (const item of value) visit(item, {}, false)
    } else if (typeof value === 'object' && value !== null) {
      visitMembers(value, schema, isRequired)
    }
  }
  const visitMembers = (mapping: JsonObject, schema: JsonObject, isRequired: boolean) => {
    const properties = asObject(schema.properties)
    const required = Array.isArray(schema.required) ? schema.required : []
    for (const [member, value] of Object.entries(mapping)) {
      const known = Object.hasOwn(properties, member) ? asObject(properties[member]) : {}
      visit(value, known, isRequired && required.includes(member))
    }
  }
  visitMembers(action.input_mapping, inputSchema ?? {}, true)
  return { ...action, event_schema: event, context_schema: context }
}

type ObjectSchema = {
  type: 'object'
  properties: Record<string, JsonObject>
  required: string[]
  /** Set where all of it is read. */
  additionalProperties?: boolean
}
const emptyObject = (): ObjectSchema => ({ type: 'object', properties: {}, required: [] })

/** Puts the schema where the path leads, through objects on the way. */
function place(into: ObjectSchema, [member, ...below]: string[], schema: JsonObject, isRequired: boolean) {
  if (member === '__proto__') return
  if (isRequired && !into.required.includes(member!)) into.required.push(member!)
  const known = Object.hasOwn(into.properties, member!) ? into.properties[member!] : undefined
  if (below.length === 0) {
    into.properties[member!] = { ...schema, ...known }
    return
  }
  const inner = isObjectSchema(known) ? known : emptyObject()
  into.properties[member!] = inner
  place(inner, below, schema, isRequired)
}

const isObjectSchema = (schema: JsonObject | undefined): schema is ObjectSchema =>
  schema?.type === 'object' && typeof schema.properties === 'object' && Array.isArray(schema.required)

const asObject = (value: Json | undefined): JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {}
