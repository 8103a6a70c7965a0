import type { Role } from '../../identity/schema.ts'
import { text } from '../text.ts'

/** From the least to the most, for a choice. */
export const ROLES = (['user', 'developer', 'admin'] satisfies Role[]).map((value) => ({
  value,
  says: text.roles[value],
}))
