import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { expect, test } from 'vitest'

/** Which folders of src/ each folder may import, besides itself. This table is the architecture. */
const MAY_IMPORT: Record<string, string[]> = {
  lib: [],
  config: ['lib'],
  verifier: ['lib'],
  // A process of its own: it knows no database and nothing of the engine.
  executor: ['lib'],
  store: ['lib'],
  kernel: ['store', 'verifier', 'lib'],
  identity: ['kernel', 'store', 'lib'],
  engine: ['kernel', 'store', 'lib'],
  web3: ['lib'],
  ops: ['kernel', 'store', 'lib'],
  apps: ['engine', 'web3', 'kernel', 'store', 'lib'],
  mcp: ['engine', 'identity', 'kernel', 'lib'],
  http: ['apps', 'engine', 'web3', 'ops', 'identity', 'kernel', 'verifier', 'lib'],
  // What shows a transaction reads its bytes itself, as the server did.
  studio: ['verifier', 'web3'],
  // The top: start, settings, composition and the command line may import everything but the Studio.
  cli: [
    '.',
    'executor',
    'mcp',
    'http',
    'apps',
    'engine',
    'web3',
    'ops',
    'identity',
    'kernel',
    'verifier',
    'store',
    'lib',
  ],
  '.': [
    'cli',
    'config',
    'mcp',
    'http',
    'apps',
    'engine',
    'web3',
    'ops',
    'identity',
    'kernel',
    'verifier',
    'store',
    'lib',
  ],
}

const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.tsx?$/.test(file) && !/\.test\.|\.fixture\.|(^|\/)test-/.test(file))
  .map((file) => join('src', file))

const folderOf = (file: string) => {
  const [, first, second] = file.split('/')
  return second === undefined ? '.' : first!
}

type Import = { from: string; file: string; target: string }

function readImports(): Import[] {
  return files.flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/(?:from|import) '(\.[^']+)'|import\('(\.[^']+)'\)/g)].map(
      (match) => ({
        from: folderOf(file),
        file,
        target: normalize(join(dirname(file), (match[1] ?? match[2])!)),
      }),
    ),
  )
}

test('every import points down the table', () => {
  const imports = readImports()
  expect(imports.length).toBeGreaterThan(100) // a scan that sees nothing proves nothing
  const wrong = imports.filter(({ from, target }) => {
    const to = folderOf(target)
    const shared = target.endsWith('/schema.ts') // schemas are the shared vocabulary
    return !(to === from || MAY_IMPORT[from]?.includes(to) || shared)
  })
  expect(wrong.map(({ file, target }) => `${file} -> ${target}`)).toEqual([])
})

test('a schema.ts imports zod and other schemas alone, or anyone who imports it would import more', () => {
  const schemas = files.filter((file) => file.endsWith('/schema.ts'))
  expect(schemas.length).toBeGreaterThan(4)
  const wrong = schemas.flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/from '([^']+)'/g)]
      .map((match) => match[1]!)
      .filter(
        (target) =>
          target !== 'zod' &&
          !target.endsWith('/schema.ts') &&
          !target.includes('/lib/') &&
          !target.startsWith('./'),
      )
      .map((target) => `${file} -> ${target}`),
  )
  expect(wrong).toEqual([])
})

test('settings are read in config.ts and nowhere else', () => {
  const readers = files.filter((file) => readFileSync(file, 'utf8').includes('process.env'))
  expect(readers).toEqual(['src/config.ts'])
})

test('every folder of src is in the table, and every row of the table is a folder', () => {
  const folders = [...new Set(files.map(folderOf))].sort()
  expect(folders).toEqual(Object.keys(MAY_IMPORT).sort())
})

test('an effect is performed in one place', () => {
  const performers = files.filter((file) => /connector\.perform\(/.test(readFileSync(file, 'utf8')))
  expect(performers).toEqual(['src/engine/purchase/execute-purchase.ts'])
})

test('decisions are recorded in one place', () => {
  const recorders = files.filter((file) => /kind: 'decision_recorded'/.test(readFileSync(file, 'utf8')))
  expect(recorders).toEqual(['src/kernel/authorize.ts'])
})

test('tools are called in one place, after their intent was recorded there', () => {
  const filesWith = (pattern: RegExp) => files.filter((file) => pattern.test(readFileSync(file, 'utf8')))
  expect(filesWith(/kind: 'tool_call_intended'/)).toEqual(['src/engine/tools/call-tool.ts'])
  expect(filesWith(/\bhandler\(invocationOf\(/)).toEqual(['src/engine/tools/run-handler.ts'])
  expect(filesWith(/\brunHandler\(/).sort()).toEqual([
    'src/engine/tools/call-tool.ts',
    'src/engine/tools/run-handler.ts',
    'src/engine/tools/settle-doubt.ts',
  ])
})

test('inside a run the gate is asked where a run starts, an agent works and a tool is called', () => {
  const callers = files.filter((file) => /\bauthorizeInRun\(/.test(readFileSync(file, 'utf8')))
  expect(callers.sort()).toEqual([
    'src/engine/agents/run-agent.ts',
    'src/engine/runs/start-run.ts',
    'src/engine/tools/decide-call.ts',
    'src/kernel/authorize.ts',
  ])
})
