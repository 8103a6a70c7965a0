import type { RunEvent } from '../../engine/runs/schema.ts'

type Value = RunEvent['payload'][string]

/** Members of a payload by their kind; an older event may lack what newer ones have. */
export const textIn = (value: Value | undefined): string | null => (typeof value === 'string' ? value : null)
export const numberIn = (value: Value | undefined): number | null =>
  typeof value === 'number' ? value : null
export const objectIn = (value: Value | undefined): Record<string, Value> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {}
export const listIn = (value: Value | undefined): Value[] => (Array.isArray(value) ? value : [])
