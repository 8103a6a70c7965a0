import type { JsonObject, ToolInvocation } from '../tool-handler.ts'

/** An invocation as the gate makes it, for tests of handlers. */
export function testInvocation(
  handlerConfig: JsonObject,
  input: JsonObject = {},
  { signal = new AbortController().signal, tenantId = 'tenant-1', sideEffects = ['external_write'] } = {},
): ToolInvocation {
  return {
    tool: {
      id: 'test.tool',
      name: 'A tool',
      description: null,
      input_schema: {},
      output_schema: null,
      handler_type: 'http',
      handler_config: handlerConfig,
      risk_level: 'high',
      side_effects: sideEffects,
      recovery: 'ask_human',
      timeout_ms: 10_000,
      created_at: '2026-01-01T00:00:00.000Z',
      updated_at: '2026-01-01T00:00:00.000Z',
    },
    input,
    idempotencyKey: 'key-1',
    principal: {
      id: 'user-1',
      ownerId: 'user-1',
      kind: 'user',
      tenantId,
      role: 'user',
      permissions: ['read', 'write'],
      name: 'Ada',
      loglineId: null,
    },
    run: { id: 'run-1', stepId: 'step-1' },
    signal,
  }
}

/** The reason with which `AbortSignal.timeout` aborts. */
export const timeOver = () => new DOMException('The operation was aborted due to timeout', 'TimeoutError')
