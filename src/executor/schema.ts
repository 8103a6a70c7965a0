import { z } from 'zod'

/** Of an id that travels: it names folders only as a hash, and is a text of a sane length. */
const Id = z.string().min(1).max(500)

/** What `POST /execute` takes. `input` is checked by the tool. */
export const ExecuteRequest = z.strictObject({
  tool_id: Id,
  input: z.record(z.string(), z.unknown()),
  context: z.strictObject({
    tenant_id: Id,
    /** Null outside a run. */
    run_id: Id.nullable(),
    step_id: Id.nullable(),
    idempotency_key: Id,
  }),
})
export type ExecuteRequest = z.infer<typeof ExecuteRequest>
export type ExecuteContext = ExecuteRequest['context']

export const CodeInput = z.strictObject({
  language: z.enum(['python', 'javascript']),
  code: z.string().min(1).max(100_000),
})

export const FileInput = z
  .strictObject({
    action: z.enum(['list', 'read', 'write', 'delete']),
    path: z.string().min(1).max(500),
    content: z.string().max(1_000_000).optional(),
  })
  .refine(({ action, content }) => action !== 'write' || content !== undefined, {
    path: ['content'],
    error: 'Field required by write: the whole file, which may be empty',
  })
export type FileInput = z.infer<typeof FileInput>
