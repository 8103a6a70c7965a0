import { existsSync, readFileSync } from 'node:fs'
import { DCLinter } from 'dclint'
import { validate } from 'dockerfile-utils'
import { describe, expect, test } from 'vitest'

const DOCKERFILE = readFileSync('Dockerfile', 'utf8')
const COMPOSE = readFileSync('compose.yaml', 'utf8')

/** The paths that instructions take from the checkout, not from another stage. */
const copied = [...DOCKERFILE.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, paths]) =>
  paths!.split(' '),
)

const stagesOf = (dockerfile: string) =>
  [...dockerfile.matchAll(/^FROM \S+ AS (\S+)$/gm)].map(([, name]) => name)
/** The lines of a service, and the settings that it is given. */
const serviceOf = (name: string) => new RegExp(`^ {2}${name}:\\n((?: {4}.*\\n|\\n)+)`, 'm').exec(COMPOSE)![1]!
const settingsOf = (service: string) => {
  const [, environment] = /^ {4}environment:\n((?: {6}\S.*\n)+)/m.exec(serviceOf(service))!
  return [...environment!.matchAll(/^ {6}([A-Z_]+):/gm)].map(([, name]) => name!)
}

describe('the Dockerfile', () => {
  test('is sound', () => {
    expect(validate(DOCKERFILE)).toEqual([])
  })

  test('copies what exists and what the context lets through', () => {
    const allowed = readFileSync('.dockerignore', 'utf8').split('\n')
    expect(copied).toContain('src')
    for (const path of copied) {
      expect([path, existsSync(path)]).toEqual([path, true])
      // All of it, or some of a folder.
      const isLetThrough = allowed.some((line) => line === `!${path}` || line.startsWith(`!${path}/`))
      expect([path, isLetThrough]).toEqual([path, true])
    }
  })

  test('runs the program as a user without rights, on the Node that is tested with', () => {
    const { devDependencies } = JSON.parse(readFileSync('package.json', 'utf8'))
    const [major] = devDependencies.node.split('.')
    const images = [...DOCKERFILE.matchAll(/^FROM (\S+)/gm)].map(([, image]) => image)
    expect(new Set(images)).toEqual(new Set([`node:${major}-slim`]))
    const running = DOCKERFILE.split(/^(?=FROM )/m).filter((stage) => /^CMD /m.test(stage))
    expect(running.map((stage) => stage.match(/^USER .*$/gm))).toEqual([['USER node'], ['USER node']])
  })

  test('builds the server where no target is named, and an executor that is told nothing of databases and keys', () => {
    expect(stagesOf(DOCKERFILE).at(-1)).toBe('brain')
    const [executor] = DOCKERFILE.split(/^(?=FROM )/m).filter((stage) => / AS executor$/m.test(stage))
    const names = [...executor!.matchAll(/([A-Z_]+)=/g)].map(([, name]) => name)
    expect(names).toEqual([
      'NODE_ENV',
      'EXECUTOR_HOST',
      'EXECUTOR_PORT',
      'EXECUTOR_WORKSPACE_DIR',
      'LOG_JSON',
    ])
  })
})

describe('compose.yaml', () => {
  test('is sound', () => {
    // The order of members is ours: what a reader needs first comes first.
    const linter = new DCLinter({
      rules: {
        'service-keys-order': 0,
        'services-alphabetical-order': 0,
        'require-quotes-in-ports': 0,
      },
      quiet: false,
      debug: false,
      exclude: [],
    })
    const told = linter
      .lintFiles(['compose.yaml'], false)
      .flatMap(({ messages }: { messages: unknown[] }) => messages)
    expect(told).toEqual([])
  })

  test('builds stages that the Dockerfile names, on a database with vectors', () => {
    const targets = [...COMPOSE.matchAll(/target: (\S+)/g)].map(([, target]) => target!)
    expect(targets).toEqual(['brain', 'executor'])
    expect(stagesOf(DOCKERFILE)).toEqual(expect.arrayContaining(targets))
    expect(COMPOSE).toMatch(/image: pgvector\/pgvector:pg\d+$/m)
  })

  test('every setting that it hands on is one that the program knows', () => {
    const known = readFileSync('.env.example', 'utf8')
    const names = [...settingsOf('server'), ...settingsOf('executor')]
    expect(names).toContain('AUTH_SECRET')
    for (const name of names) expect(known).toContain(`${name}=`)
  })

  test('gives the executor a secret and nothing else, and a network that leads to nobody but the server', () => {
    expect(settingsOf('executor')).toEqual(['LOGLINE_SHARED_SECRET'])
    const networks = (name: string) => /^ {4}networks:\n((?: {6}- .*\n)+)/m.exec(serviceOf(name))?.[1]
    expect(networks('executor')).toBe('      - executor\n')
    expect(networks('server')).toBe('      - default\n      - executor\n')
    expect(networks('database')).toBeUndefined()
    expect(COMPOSE).toMatch(/^networks:\n {2}executor:\n {4}internal: true$/m)
    expect(serviceOf('executor')).not.toMatch(/^ {4}ports:/m)
    expect(serviceOf('executor')).toMatch(/^ {4}read_only: true$/m)
  })
})
