import { readdirSync, readFileSync } from 'node:fs'
import { readText } from './read-text.ts'

/** The source files of the built-in model, folded as texts are when they are read. */
export function readSources(): string[] {
  const folder = new URL('..', import.meta.url)
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !/\.(test|fixture)\./.test(file))
    .flatMap((file) => readFileSync(new URL(file, folder), 'utf8').match(/[\s\S]{1,19000}/g) ?? [])
    .map((text) => readText(text).line)
}

/** Texts of a test that stand in a source: what is tested then would be a list and no rule. */
export function findInSources(texts: string[]): string[] {
  const sources = readSources()
  return texts.filter((text) => sources.some((source) => source.includes(readText(text).line)))
}
