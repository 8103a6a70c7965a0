import { z } from 'zod'

const JsonObject = z.record(z.string(), z.json())
const Subject = z.looseObject({
  type: z.string().min(1),
  id: z.string().min(1),
  properties: JsonObject.optional(),
})
const Action = z.looseObject({ name: z.string().min(1).max(256), properties: JsonObject.optional() })
const Resource = z.looseObject({
  type: z.string().min(1),
  id: z.string().min(1),
  properties: JsonObject.optional(),
})

/** An access evaluation request (AuthZEN 1.0 §6.1). */
export const AccessEvaluationInput = z.looseObject({
  subject: Subject,
  action: Action,
  resource: Resource,
  context: JsonObject.optional(),
})
export type AccessEvaluationInput = z.infer<typeof AccessEvaluationInput>

/** Several requests; what stands at the top is the default of each (AuthZEN 1.0 §7.1). */
export const AccessEvaluationsInput = z.looseObject({
  subject: Subject.optional(),
  action: Action.optional(),
  resource: Resource.optional(),
  context: JsonObject.optional(),
  evaluations: z
    .array(
      z.looseObject({
        subject: Subject.optional(),
        action: Action.optional(),
        resource: Resource.optional(),
        context: JsonObject.optional(),
      }),
    )
    .max(100)
    .optional(),
  options: z
    .looseObject({
      evaluations_semantic: z
        .enum(['execute_all', 'deny_on_first_deny', 'permit_on_first_permit'])
        .default('execute_all'),
    })
    .optional(),
})
export type AccessEvaluationsInput = z.infer<typeof AccessEvaluationsInput>
