import { z } from 'zod'

export const text = z.string().trim().min(1)
export const port = z.coerce.number().int().min(0).max(65_535)
export const flag = z.stringbool()
export const perMinute = (fallback: number) => z.coerce.number().int().min(0).default(fallback)
export const seconds = z.coerce.number().int().positive()

/** A number that falls back, because the contract says so, where others are refused. */
export const lenientNumber = (fallback: number, accept: (value: number) => boolean) =>
  z
    .string()
    .optional()
    .transform((value) => {
      const number = value?.trim() ? Number(value) : Number.NaN
      return Number.isFinite(number) && accept(number) ? number : fallback
    })

export const commaList = z
  .string()
  .default('')
  .transform((list) =>
    list
      .split(',')
      .map((entry) => entry.trim())
      .filter(Boolean),
  )

function readSecrets(json: string): Record<string, string> | null {
  try {
    return z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string()).parse(JSON.parse(json))
  } catch {
    return null
  }
}

function refuseSecrets(context: z.RefinementCtx): never {
  // The value itself is secret, so it is not told.
  context.addIssue({ code: 'custom', message: 'expected a JSON object whose members are all text' })
  return z.NEVER
}

/** `name=value` pairs with commas between, percent-encoded, as OpenTelemetry writes lists; null for anything else. */
function readPairs(list: string): Record<string, string> | null {
  const pairs = list
    .split(',')
    .filter((pair) => pair.trim() !== '')
    .map((pair) => /^\s*([^=\s]+)\s*=(.*)$/s.exec(pair))
  try {
    return Object.fromEntries(
      pairs.map((pair) => [decodeURIComponent(pair![1]!), decodeURIComponent(pair![2]!.trim())]),
    )
  } catch {
    return null
  }
}

export const pairs = z
  .string()
  .transform((list, context) => {
    const read = readPairs(list)
    if (read) return read
    // Headers are secret, so what was given is not told.
    context.addIssue({ code: 'custom', message: 'expected name=value, comma-separated and percent-encoded' })
    return z.NEVER
  })
  .optional()

/** A JSON object of texts. */
export const secrets = z
  .string()
  .transform((json, context) => readSecrets(json) ?? refuseSecrets(context))
  .optional()

export const webUrl = z.url({ protocol: /^https?$/ })

export const basisPoints = z.coerce.number().int().min(0).max(10_000)

/** Text that has to be JSON of a form. What is not stops the start: an allowlist that nobody can read allows nothing. */
export const json = <T>(schema: z.ZodType<T>, example: string) =>
  z
    .string()
    .transform((value, context) => {
      const refuse = (message: string) => {
        // The value may hold keys of providers, so it is not told.
        context.addIssue({ code: 'custom', message: `${message}; expected JSON such as ${example}` })
        return z.NEVER
      }
      let parsed: unknown
      try {
        parsed = JSON.parse(value)
      } catch {
        return refuse('this is no JSON')
      }
      const result = schema.safeParse(parsed)
      if (result.success) return result.data
      const [{ path, message }] = result.error.issues as [z.core.$ZodIssue]
      return refuse(path.length === 0 ? message : `${path.join('.')}: ${message}`)
    })
    .optional()
