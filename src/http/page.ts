import { z } from 'zod'

/** Which part of a list: pages count from 1. */
export const PageQuery = z.strictObject({
  page: z.coerce.number().int().min(1).max(1_000_000).default(1),
  limit: z.coerce.number().int().min(1).max(200).default(10),
})

/** A part of a list, and how long the list is. */
export const Page = <S extends z.ZodType>(item: S) =>
  z.object({ data: z.array(item), total: z.number(), page: z.number(), limit: z.number() })
