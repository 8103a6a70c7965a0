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

describe('the Dockerfile', () => {
  test('is sound', () => {
    expect(validate(DOCKERFILE)).toEqual([])
  })

  test('copies what exists and what the context lets through', () => {
    const allowed = readFileSync('.dockerignore', 'utf8').split('\n')
    expect(copied).toContain('src')
    for (const path of copied) {
      expect([path, existsSync(path)]).toEqual([path, true])
      expect(allowed).toContain(`!${path}`)
    }
  })

  test('runs the program as a user without rights, on the Node that is tested with', () => {
    const { devDependencies } = JSON.parse(readFileSync('package.json', 'utf8'))
    const [major] = devDependencies.node.split('.')
    const images = [...DOCKERFILE.matchAll(/^FROM (\S+)/gm)].map(([, image]) => image)
    expect(new Set(images)).toEqual(new Set([`node:${major}-slim`]))
    expect(DOCKERFILE.match(/^USER .*$/gm)).toEqual(['USER node'])
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

  test('builds the stage that the Dockerfile names, on a database with vectors', () => {
    const target = /target: (\S+)/.exec(COMPOSE)![1]
    expect(DOCKERFILE).toMatch(new RegExp(`^FROM \\S+ AS ${target}$`, 'm'))
    expect(COMPOSE).toMatch(/image: pgvector\/pgvector:pg\d+$/m)
  })

  test('every setting that it hands on is one that the program knows', () => {
    const known = readFileSync('.env.example', 'utf8')
    const environment = /environment:\n((?: {6}\S.*\n)+)/.exec(COMPOSE)![1]!
    const names = [...environment.matchAll(/^ {6}([A-Z_]+):/gm)].map(([, name]) => name!)
    expect(names).toContain('AUTH_SECRET')
    for (const name of names) expect(known).toContain(`${name}=`)
  })
})
