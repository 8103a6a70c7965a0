import { afterAll, describe, expect, test } from 'vitest'
import { makeCodeHandler } from './code-handler.ts'
import { testInvocation } from './test-invocation.ts'

const tools = makeCodeHandler()
afterAll(() => tools.close())

const run = (code: string, timeoutMs = 8000) => {
  const { tool, ...invocation } = testInvocation({ code })
  return tools.handler({ ...invocation, tool: { ...tool, timeout_ms: timeoutMs } })
}
/** The body of a default export. */
const body = (statements: string) => `export default function (input, context) { ${statements} }`

describe('limits', () => {
  test.each([
    ['a loop', body('for (;;);')],
    ['a loop that catches all', body('for (;;) { try { for (;;); } catch {} finally { continue } }')],
    ['a loop of promises', 'export default async () => { for (;;) await null }'],
    ['a loop before the call', 'for (;;); export default () => 1'],
    ['a pattern', body('return /^(a+)+$/.test("a".repeat(40) + "!")')],
    ['a loop in a trap', body('return new Proxy({}, { ownKeys() { for (;;); } })')],
    ['what is built in and looks at no limit', body('return [].indexOf.call({ length: 2 ** 53 - 1 }, 1)')],
  ])('time: %s', async (_, code) => {
    await expect(run(code, 300)).rejects.toMatchObject({
      code: 'code_timeout',
      message: 'the code ran for more than the 300 ms it is given',
      retryable: false,
      outcomeUnknown: false,
    })
    expect(await run(body('return "and the next call runs"'))).toBe('and the next call runs')
  })

  test.each([
    ['many blocks', 'const a = []; for (;;) a.push(new Uint8Array(1024 * 1024))'],
    ['many texts', 'const a = []; for (;;) a.push("x".repeat(100_000) + a.length)'],
    ['many objects', 'let a = null; for (;;) a = { a }'],
    ['one block', 'return new Uint8Array(1e9).length'],
    ['a long list', 'return new Array(1e7).fill(0).length'],
    ['a growing text', 'let a = "x"; for (;;) a += a + "y"'],
  ])('memory: %s', async (_, statements) => {
    await expect(run(body(statements))).rejects.toMatchObject({
      code: 'code_out_of_memory',
      message: 'the code needs more than the 64 MB of memory it is given',
    })
  })

  test('memory: what is kept adds up', async () => {
    const megabytes = await run(
      body(
        'let a = []; try { for (;;) a.push(new Uint8Array(1024 * 1024)) } catch { const n = a.length; a = []; return n }',
      ),
    )
    expect(megabytes).toBeGreaterThan(40)
    expect(megabytes).toBeLessThan(64)
  })

  test.each([
    ['a function', 'return (function again() { return again() })()'],
    ['JSON', 'return JSON.parse("[".repeat(1e5) + "]".repeat(1e5))'],
    ['source text', 'return eval("(".repeat(5e4) + "1" + ")".repeat(5e4))'],
    ['a pattern', 'return new RegExp("(?:".repeat(2e4) + ")".repeat(2e4)).test("")'],
    ['the output', 'let a = []; for (let i = 0; i < 2e4; i++) a = [a]; return a'],
  ])('depth: %s', async (_, statements) => {
    await expect(run(body(statements))).rejects.toMatchObject({ code: 'code_stack_overflow' })
  })
})

describe('a call that is no longer wanted', () => {
  test.each([
    ['code that can be interrupted', 'for (;;);'],
    ['code that cannot', 'return [].indexOf.call({ length: 2 ** 53 - 1 }, 1)'],
  ])('is stopped when its time is over: %s', async (_, statements) => {
    const one = makeCodeHandler({ threads: 1 })
    await one.handler(testInvocation({ code: body('return "the thread is there"') }))
    const signal = AbortSignal.timeout(100)
    await expect(
      one.handler(testInvocation({ code: body(statements) }, {}, { signal })),
    ).rejects.toMatchObject({ code: 'tool_timeout', retryable: true, outcomeUnknown: false })
    expect(await one.handler(testInvocation({ code: body('return 2') }))).toBe(2)
    await one.close()
  })

  test('is not begun when it is over before its turn', async () => {
    const one = makeCodeHandler({ threads: 1 })
    const first = new AbortController()
    const busy = one.handler(testInvocation({ code: body('for (;;);') }, {}, { signal: first.signal }))
    const second = new AbortController()
    const waiting = one.handler(testInvocation({ code: body('return 1') }, {}, { signal: second.signal }))
    second.abort(new Error('cancelled'))
    await expect(waiting).rejects.toMatchObject({
      code: 'tool_aborted',
      message: 'the call was cancelled; the code had not begun',
    })
    first.abort(new Error('cancelled'))
    await expect(busy).rejects.toMatchObject({ code: 'tool_aborted' })
    expect(await one.handler(testInvocation({ code: body('return 3') }))).toBe(3)
    await one.close()
  })
})

test('closing ends what runs', async () => {
  const closing = makeCodeHandler({ threads: 1 })
  const running = closing.handler(testInvocation({ code: body('for (;;);') }))
  const waiting = closing.handler(testInvocation({ code: body('return 1') }))
  const ended = Promise.all([
    expect(running).rejects.toMatchObject({ code: 'code_lost' }),
    expect(waiting).rejects.toMatchObject({ code: 'code_lost' }),
  ])
  await closing.close()
  await ended
})
