import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'vite'

const ROOT = new URL('../..', import.meta.url).pathname
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

/** Builds the Studio unless what stands there is newer than everything it is made of. */
export async function buildStudio(): Promise<string> {
  const index = join(STUDIO_DIRECTORY, 'index.html')
  const newest = Math.max(...SOURCES.map((path) => newestChange(join(ROOT, path))))
  if (existsSync(index) && statSync(index).mtimeMs >= newest) return STUDIO_DIRECTORY
  const environment = process.env.NODE_ENV
  // Under a test runner it says `test`, and React would be built for development.
  process.env.NODE_ENV = 'production'
  try {
    await build({ configFile: join(ROOT, 'vite.config.ts'), mode: 'production', logLevel: 'warn' })
  } finally {
    process.env.NODE_ENV = environment
  }
  return STUDIO_DIRECTORY
}

function newestChange(path: string): number {
  const stats = statSync(path)
  if (!stats.isDirectory()) return stats.mtimeMs
  return Math.max(stats.mtimeMs, ...readdirSync(path).map((name) => newestChange(join(path, name))))
}
