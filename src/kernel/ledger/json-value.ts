import { z } from 'zod'
import type { Json } from '../../lib/canonical-json.ts'

/**
 * Any JSON inside an event. Asked of every event that is written: `z.json()` tries five schemas for each value and
 * copies it, which takes ten times as long as the rest of an event's schema.
 */
export const JsonValue = z.custom<Json>(isJson, 'expected a JSON value')
export const JsonObject = z.custom<Record<string, Json>>(
  (value) => isObject(value) && isJson(value),
  'expected a JSON object',
)

function isJson(value: unknown): boolean {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return true
  if (typeof value === 'number') return Number.isFinite(value)
  // A hole is found as undefined, and skipped by `every`.
  if (Array.isArray(value)) return !value.includes(undefined) && value.every(isJson)
  return isObject(value) && Object.values(value).every(isJson)
}

function isObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
