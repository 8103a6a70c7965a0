import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { expect, test } from 'vitest'

const ARCHITECTURE = readFileSync('ARCHITECTURE.md', 'utf8')

/** The folders of a folder that hold a file; git knows no others. */
const foldersOf = (path: string) =>
  readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && readdirSync(join(path, entry.name)).length > 0)
    .map(({ name }) => `${path}/${name}`)

/** Every page that a reader of this repository may open. */
const pages = [
  ...readdirSync('.').filter((name) => name.endsWith('.md')),
  ...readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
]

test('every folder of src is named in ARCHITECTURE.md, two levels deep', () => {
  const folders = foldersOf('src').flatMap((folder) => [folder, ...foldersOf(folder)])
  expect(folders.length).toBeGreaterThan(15)
  expect(folders.filter((folder) => !ARCHITECTURE.includes(`\`${folder}/\``))).toEqual([])
})

test('every path that ARCHITECTURE.md names exists', () => {
  const paths = [
    ...ARCHITECTURE.matchAll(/`((?:src|test|docs|bin|migrations|examples|bench)\/[^`\s]*)`/g),
  ].map(([, path]) => path!)
  expect(paths.length).toBeGreaterThan(50)
  expect([...new Set(paths)].filter((path) => !existsSync(path))).toEqual([])
})

test('every table of the migrations is named in ARCHITECTURE.md', () => {
  const tables = readdirSync('migrations').flatMap((name) =>
    [...readFileSync(join('migrations', name), 'utf8').matchAll(/CREATE TABLE (\w+)/g)].map(
      ([, table]) => table!,
    ),
  )
  expect(tables.length).toBeGreaterThan(10)
  expect(tables.filter((table) => !ARCHITECTURE.includes(`\`${table}\``))).toEqual([])
})

test('every relative link leads to a file, and every anchor to a heading', () => {
  const broken: string[] = []
  let links = 0
  for (const page of pages) {
    const text = readFileSync(page, 'utf8').replaceAll(/```.*?```/gs, '')
    for (const [, target] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target!)) continue
      links++
      const [path, anchor] = target!.split('#') as [string, string | undefined]
      const file = path === '' ? page : normalize(join(dirname(page), path))
      if (!existsSync(file)) broken.push(`${page} -> ${target}`)
      else if (anchor !== undefined && !anchorsOf(file).includes(anchor)) broken.push(`${page} -> ${target}`)
    }
  }
  expect(links).toBeGreaterThan(20)
  expect(broken).toEqual([])
})

/** The anchors of a page's headings, as they are made from their text. */
function anchorsOf(file: string): string[] {
  return [...readFileSync(file, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  )
}
