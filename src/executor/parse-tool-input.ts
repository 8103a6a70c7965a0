import type { z } from 'zod'
import { describeIssues } from '../lib/validation.ts'
import { inputInvalid } from './tool.ts'

/** @throws AppError 400 with the first fault and what was expected there */
export function parseToolInput<S extends z.ZodType>(schema: S, input: unknown, root = 'input'): z.output<S> {
  const parsed = schema.safeParse(input)
  if (parsed.success) return parsed.data
  const [fault] = describeIssues(parsed.error.issues, input)
  throw inputInvalid([root, fault!.path].filter(Boolean).join('.'), fault!.message)
}
