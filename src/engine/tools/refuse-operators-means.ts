import type { Principal } from '../../kernel/schema.ts'
import { AppError } from '../../lib/errors.ts'
import type { Tool } from './schema.ts'

/**
 * Starting programs and using the operator's secrets is for the administrator: whoever may do either can do whatever the
 * server can.
 *
 * @throws AppError 403
 */
export function refuseOperatorsMeans(
  { role, id }: Principal,
  type: Tool['handler_type'],
  config: Tool['handler_config'],
): void {
  if (role === 'admin') return
  const startsProgram = type === 'mcp' && JSON.stringify(config.server ?? {}).includes('"command":')
  const usesSecret = /\{\{\s*secret\./.test(JSON.stringify(config))
  if (!startsProgram && !usesSecret) return
  const what = startsProgram ? 'starts a program on the server' : "uses the operator's secrets"
  const message = `expected an administrator, as this tool ${what}; got ${id} with role '${role}'`
  throw new AppError({
    code: 'FORBIDDEN',
    status: 403,
    message,
    details: [{ path: 'handler_config', message, type: 'forbidden', code: 'FORBIDDEN' }],
  })
}
