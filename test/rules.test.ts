import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const RULE = /RULE-[A-Z]+-\d{3}/g
const document = readFileSync('docs/rules.md', 'utf8')

/** The rows of the tables that name a test. */
const rows = [...document.matchAll(/^\| (RULE-[A-Z]+-\d{3}) \| .+ \| `([^`]+)`: (.+) \|$/gm)].map(
  ([, rule, file, title]) => ({ rule: rule!, file: file!, title: title! }),
)

/** Every id that the program can answer. */
const answered = new Set<string>(
  readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file) && !/\.test\.|\.fixture\./.test(file))
    .flatMap((file) => readFileSync(join('src', file), 'utf8').match(RULE) ?? []),
)

test.each(rows)('$rule is proved by a test that exists: $title', ({ rule, file, title }) => {
  expect(readFileSync(file, 'utf8')).toContain(`'${title}'`)
  expect(rows.filter((row) => row.rule === rule)).toHaveLength(1)
})

test('every rule that the program answers is in the table', () => {
  expect(answered.size).toBeGreaterThan(8) // a scan that sees nothing proves nothing
  const listed = rows.map(({ rule }) => rule)
  expect([...answered].filter((rule) => !listed.includes(rule)).sort()).toEqual([])
})

test('no rule is both proved and not enforced, and none that is not enforced is answered', () => {
  const [proved, given] = document.split('## Not enforced') as [string, string]
  const unenforced = given.match(RULE) ?? []
  expect(unenforced.length).toBeGreaterThan(0)
  for (const rule of unenforced) {
    expect(proved, rule).not.toContain(rule)
    expect(answered, rule).not.toContain(rule)
  }
})
