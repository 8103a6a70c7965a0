import { afterAll, describe, expect, test } from 'vitest'
import type { JsonObject } from '../tool-handler.ts'
import { checkCodeConfig, makeCodeHandler } from './code-handler.ts'
import { testInvocation } from './test-invocation.ts'

const written: { toolId: string; lines: string[] }[] = []
const tools = makeCodeHandler({
  onConsole: ({ tool }, lines) => written.push({ toolId: tool.id, lines }),
})
afterAll(() => tools.close())

const run = (code: string, input: JsonObject = {}) => tools.handler(testInvocation({ code }, input))
/** The body of a default export. */
const body = (statements: string) => `export default function (input, context) { ${statements} }`

describe('code', () => {
  test('is called with the input and what is known of the call; what it returns is the output', async () => {
    expect(await run(body('return { sum: input.a + input.b, context }'), { a: 1, b: 2 })).toEqual({
      sum: 3,
      context: {
        tool_id: 'test.tool',
        tenant_id: 'tenant-1',
        run: { id: 'run-1', step_id: 'step-1' },
        idempotency_key: 'key-1',
      },
    })
  })

  test('may be asynchronous, and await where it stands', async () => {
    expect(
      await run(
        `
        const factor = await Promise.resolve(2)
        const later = async (value) => { await null; return value * factor }
        export default async ({ values }) => (await Promise.all(values.map(later))).join()`,
        { values: [1, 2] },
      ),
    ).toBe('2,4')
  })

  const ELSEWHERE =
    'fetch XMLHttpRequest WebSocket require module process Buffer setTimeout setInterval queueMicrotask WebAssembly Worker Atomics std os print'
  test.each(ELSEWHERE.split(' '))('has no %s, not even through a constructor', async (name) => {
    const ways = [
      `typeof ${name}`,
      `typeof globalThis['${name}']`,
      `Function('return typeof ${name}')()`,
      `input.constructor.constructor('return typeof ${name}')()`,
      `console.log.constructor('return typeof ${name}')()`,
      `await (async () => {}).constructor('return typeof ${name}')()`,
    ]
    const answer = await run(`export default async (input) => [${ways}]`)
    expect(answer).toEqual(ways.map(() => 'undefined'))
  })

  test.each(['import fs from "node:fs"; export default () => 1', 'export default () => import("node:fs")'])(
    'cannot import: %s',
    async (code) => {
      await expect(run(code)).rejects.toMatchObject({
        code: 'code_invalid',
        message: expect.stringMatching(/imports a module/),
      })
    },
  )

  test('leaves nothing behind for the next call', async () => {
    await run(body('globalThis.left = 1; Object.prototype.left = 1; Array.prototype.map = 1; return 1'))
    expect(await run(body('return [typeof left, typeof {}.left, typeof [].map]'))).toEqual([
      'undefined',
      'undefined',
      'function',
    ])
  })

  test('a member called __proto__ in the input is data, inside and outside', async () => {
    const input = JSON.parse('{"__proto__":{"admin":true},"constructor":{"prototype":{"admin":true}}}')
    expect(
      await run(body('return [input.admin ?? null, {}.admin ?? null, Object.keys(input).length]'), input),
    ).toEqual([null, null, 2])
    await expect(run(body('return JSON.parse(\'{"__proto__":{"admin":true}}\')'))).rejects.toMatchObject({
      code: 'code_output_invalid',
    })
    expect(({} as { admin?: boolean }).admin).toBeUndefined()
  })

  test('that redefines the language fools only itself', async () => {
    expect(
      await run(
        body(`
        JSON.stringify = () => '"fooled"'; JSON.parse = () => 1; String = null; Array.isArray = () => false
        Promise.prototype.then = () => { throw 1 }
        return [1, 2]`),
      ),
    ).toEqual([1, 2])
  })

  test('writes to a console that is told to nobody but the log, and no more than it may', async () => {
    written.length = 0
    await run(
      body(
        'console.log("a", { b: 1 }); for (let i = 0; i < 1e4; i++) console.warn("x".repeat(1e4)); return 1',
      ),
    )
    expect(written).toMatchObject([{ toolId: 'test.tool', lines: expect.any(Array) }])
    expect(written[0]!.lines).toHaveLength(100)
    expect(written[0]!.lines[0]).toBe('a {"b":1}')
    expect(written[0]!.lines[1]).toHaveLength(1001)
  })
})

describe('what cannot be an output is an error that says so', () => {
  test.each([
    ['return', 'got undefined'],
    ['return () => 1', 'got function'],
    ['return Symbol("a")', 'got symbol'],
    ['return 10n', 'got bigint'],
    ['return 0 / 0', 'got NaN'],
    ['return { a: [1, undefined] }', "got undefined for '1'"],
    ['return { a: { b() {} } }', "got function for 'b'"],
    ['const a = {}; a.a = a; return a', 'got an object that contains itself'],
    ['return 2 ** 60', 'a number that a double can carry exactly'],
    ['return "\\ud800"', 'lone surrogate'],
  ])('%s', async (statements, message) => {
    await expect(run(body(statements))).rejects.toMatchObject({
      name: 'ToolError',
      code: 'code_output_invalid',
      message: expect.stringContaining(message),
      retryable: false,
      outcomeUnknown: false,
    })
  })

  test('more than a megabyte', async () => {
    expect(await run(body('return "x".repeat(1024 * 1024 - 2).length'))).toBe(1024 * 1024 - 2)
    await expect(run(body('return "x".repeat(1024 * 1024)'))).rejects.toMatchObject({
      code: 'code_output_too_large',
      message: 'expected at most 1048576 characters of JSON, got 1048578',
    })
  })
})

describe('what goes wrong is told', () => {
  test.each([
    ['const a = 1\nthrow new TypeError("no " + input.x)', 'the code threw TypeError: no y (line 2)'],
    ['throw "text"', 'the code threw text'],
    ['throw { code: 7 }', 'the code threw an object: {"code":7}'],
    ['throw null', 'the code threw null'],
    ['return Promise.reject(new Error("later"))', 'the code threw Error: later (line 1)'],
    ['throw { get message() { for (;;); } }', 'the code threw something that cannot be shown'],
    ['throw new Proxy({}, { get() { throw 1 } })', 'the code threw something that cannot be shown'],
    ['return { get a() { throw new Error("inside") } }', 'the code threw Error: inside (line 1)'],
  ])('%s', async (statements, message) => {
    await expect(run(body(statements), { x: 'y' })).rejects.toMatchObject({ code: 'code_threw', message })
  })

  test.each([
    ['export default 5', 'code_invalid', /expected the code to have `export default function/],
    ['const f = () => 1', 'code_invalid', /expected the code to have `export default function/],
    ['export default () => {', 'code_invalid', /not a JavaScript module: SyntaxError.*\(line 1\)/],
    ['throw new Error("at once"); export default () => 1', 'code_threw', /at once/],
    ['export default () => new Promise(() => {})', 'code_unsettled', /no timers and no network/],
    ['await new Promise(() => {}); export default () => 1', 'code_unsettled', /no timers and no network/],
  ])('%s', async (code, errorCode, message) => {
    await expect(run(code)).rejects.toMatchObject({
      code: errorCode,
      message: expect.stringMatching(message),
    })
  })
})

test('many calls at once all get their own answer', async () => {
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, index) => run(body('return input.index'), { index })),
  )
  expect(answers).toEqual(Array.from({ length: 50 }, (_, index) => index))
})

test.each([
  [{} as JsonObject, 'code'],
  [{ code: '' }, 'code'],
  [{ code: 1 }, 'code'],
  [{ code: 'x'.repeat(64 * 1024 + 1) }, 'code'],
  [{ code: 'export default () => 1', language: 'python' }, 'language'],
])('a fault of a configuration is told: %s', (config, path) => {
  expect(checkCodeConfig(config)).toMatchObject([{ path }])
})

test('code is parsed before it is registered, and not run', async () => {
  for (const code of [
    'throw 1; export default () => 1',
    'export default (input) => ({ a: input })',
    'export default function (input) { return input }',
    'export default () => new Promise(() => {})',
    'const twice = (n) => n * 2\nexport default async ({ n }) => ({ twice: twice(n) })',
  ]) {
    expect(await tools.checkSyntax({ code }), code).toEqual([])
  }
  expect(await tools.checkSyntax({ code: 'export default () => {\n  return 1 +\n}' })).toEqual([
    {
      path: 'code',
      keyword: 'syntax',
      message: expect.stringMatching(/^expected a JavaScript module: SyntaxError: .*\(line 3\)$/),
    },
  ])
  expect(await tools.checkSyntax({ code: '('.repeat(50_000) })).toMatchObject([{ path: 'code' }])
  expect(await tools.checkSyntax({})).toMatchObject([{ path: 'code', keyword: 'required' }])
})
