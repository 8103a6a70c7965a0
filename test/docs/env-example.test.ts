import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { SETTINGS } from '../../src/config.ts'

/** A setting as `.env.example` shows it: its default, commented out, and what it is for. */
function formatSetting(name: string): string {
  const { schema, about } = SETTINGS[name as keyof typeof SETTINGS]
  const fallback = schema.parse(undefined)
  return `# ${name}=${fallback === undefined ? '' : fallback} # ${about}`
}

test('.env.example lists every setting of config.ts, in its order, with its default and what it is for', () => {
  const listed = readFileSync('.env.example', 'utf8')
    .split('\n')
    .filter((line) => /^#? ?[A-Z0-9_]+=/.test(line))
  expect(listed).toEqual(Object.keys(SETTINGS).map(formatSetting))
})
