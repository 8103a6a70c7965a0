import { Ajv2020 } from 'ajv/dist/2020.js'
import { type BuiltInTool, ToolError, type ToolInvocation } from '../tools/tool-handler.ts'

const ajv = new Ajv2020({ strict: false, allErrors: true })

type Caller = { tenantId?: string; key?: string; name?: string; preview?: boolean }

let calls = 0

/** Calls a tool as the gate would: the input must fit the tool's schema, and so must the answer. */
export async function invokeTool(
  tools: BuiltInTool[],
  id: string,
  input: ToolInvocation['input'],
  { tenantId = 'acme', key = `call-${++calls}`, name = 'Ada', preview = false }: Caller = {},
  // biome-ignore lint/suspicious/noExplicitAny: tests read answers of every shape, and assert what they read
): Promise<any> {
  const found = tools.find(({ tool }) => tool.id === id)
  if (!found) throw new Error(`there is no tool ${id}`)
  const { tool } = found
  const handler = preview ? found.preview! : found.handler
  checkShape(tool.input_schema, input, `the input of ${id}`)
  const output = await handler({
    tool: { ...tool, handler_type: 'builtin', created_at: '', updated_at: '' },
    input,
    idempotencyKey: key,
    principal: {
      id: `user-${name}`,
      ownerId: `user-${name}`,
      kind: 'user',
      tenantId,
      role: 'user',
      permissions: ['read', 'write'],
      name,
      loglineId: null,
    },
    run: null,
    signal: new AbortController().signal,
  })
  if (tool.output_schema) checkShape(tool.output_schema, output, `the output of ${id}`)
  return output
}

function checkShape(schema: object, value: unknown, what: string): void {
  const validate = ajv.compile(schema)
  if (!validate(value)) throw new Error(`${what} does not fit its schema: ${ajv.errorsText(validate.errors)}`)
}

/** The error that a call ends with; anything but a ToolError fails the test. */
export async function refusalOf(call: Promise<unknown>): Promise<ToolError> {
  const outcome = await call.then(
    (answer) => new Error(`the call was answered: ${JSON.stringify(answer)}`),
    (error: unknown) => error,
  )
  if (outcome instanceof ToolError) return outcome
  throw outcome
}
