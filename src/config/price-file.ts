import { readFileSync } from 'node:fs'
import type { z } from 'zod'
import { PriceTable } from '../engine/models/schema.ts'
import { text } from './forms.ts'

/** The prices in a JSON file, read once at the start. */
export const priceFile = text
  .transform((path, context) => {
    const refuse = (message: string) => {
      context.addIssue({ code: 'custom', message: `${path} ${message}` })
      return undefined as never
    }
    let json: unknown
    try {
      json = JSON.parse(readFileSync(path, 'utf8'))
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      return refuse(code ? `cannot be read (${code})` : 'is no JSON')
    }
    const prices = PriceTable.safeParse(json)
    return prices.success ? prices.data : refuse(`is no table of prices: ${describe(prices.error)}`)
  })
  .optional()

const describe = ({ issues }: z.ZodError) =>
  issues
    .slice(0, 3)
    .map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`))
    .join('; ')
