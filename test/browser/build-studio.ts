import { existsSync, mkdirSync, readdirSync, rmdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
/** Where the built Studio stands. */
export const STUDIO_DIRECTORY = join(ROOT, 'dist/studio')

/** What the build is made of, besides the installed packages. */
const SOURCES = [
  'src/studio',
  'src/verifier',
  'src/lib/canonical-json.ts',
  'vite.config.ts',
  'package-lock.json',
]
const LOCK = join(ROOT, 'dist/studio.lock')
/** A build takes seconds; a lock this old was left by one that was killed. */
const STALE_MS = 120_000

/** Builds the Studio unless what stands there is newer than everything it is made of; once, however many ask. */
export async function buildStudio(): Promise<string> {
  mkdirSync(join(ROOT, 'dist'), { recursive: true })
  while (!takeLock()) await setTimeout(100)
  try {
    if (!isFresh()) await buildForProduction()
  } finally {
    rmdirSync(LOCK)
  }
  return STUDIO_DIRECTORY
}

async function buildForProduction(): Promise<void> {
  const environment = process.env.NODE_ENV
  // Under a test runner it says `test`, and React would be built for development.
  process.env.NODE_ENV = 'production'
  try {
    await build({ configFile: join(ROOT, 'vite.config.ts'), mode: 'production', logLevel: 'warn' })
  } finally {
    process.env.NODE_ENV = environment
  }
}

function takeLock(): boolean {
  try {
    mkdirSync(LOCK)
    return true
  } catch {
    const since = statSync(LOCK, { throwIfNoEntry: false })?.mtimeMs
    if (since !== undefined && Date.now() - since > STALE_MS) rmdirSync(LOCK)
    return false
  }
}

function isFresh(): boolean {
  const index = join(STUDIO_DIRECTORY, 'index.html')
  const newest = Math.max(...SOURCES.map((path) => newestChange(join(ROOT, path))))
  return existsSync(index) && statSync(index).mtimeMs >= newest
}

function newestChange(path: string): number {
  const stats = statSync(path)
  if (!stats.isDirectory()) return stats.mtimeMs
  return Math.max(stats.mtimeMs, ...readdirSync(path).map((name) => newestChange(join(path, name))))
}
