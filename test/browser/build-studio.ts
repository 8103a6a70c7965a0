import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
/** Where the built Studio stands. */
const STUDIO_DIRECTORY = join(ROOT, 'dist/studio')

/** What the build is made of, besides the installed packages. */
const SOURCES = [
  'src/studio',
  'src/verifier',
  'src/web3/transactions',
  'src/web3/checksum-address.ts',
  'src/lib/canonical-json.ts',
  'vite.config.ts',
  'package-lock.json',
]
/** Emptied away with the folder by any other build. */
const STAMP = join(STUDIO_DIRECTORY, 'built-from.txt')
const LOCK = join(ROOT, 'dist/studio.lock')

/** Builds the Studio unless what stands there was made from these very sources; once, however many ask. */
export async function buildStudio(): Promise<void> {
  await underLock(buildUnlessBuilt)
}

/** The files of the built Studio by their paths: what another process builds meanwhile does not change them. */
export function readStudio(): Promise<Map<string, Buffer>> {
  return underLock(async () => {
    await buildUnlessBuilt()
    const paths = readdirSync(STUDIO_DIRECTORY, { recursive: true, encoding: 'utf8' })
    const files = paths.filter((path) => statSync(join(STUDIO_DIRECTORY, path)).isFile())
    return new Map(files.map((path) => [path, readFileSync(join(STUDIO_DIRECTORY, path))]))
  })
}

async function underLock<T>(work: () => Promise<T>): Promise<T> {
  mkdirSync(join(ROOT, 'dist'), { recursive: true })
  while (!takeLock()) await setTimeout(100)
  try {
    return await work()
  } finally {
    rmSync(LOCK)
  }
}

async function buildUnlessBuilt(): Promise<void> {
  const fingerprint = fingerprintSources()
  if (isBuiltFrom(fingerprint)) return
  await buildForProduction()
  writeFileSync(STAMP, fingerprint)
}

async function buildForProduction(): Promise<void> {
  const environment = process.env.NODE_ENV
  // Under a test runner it says `test`, and React would be built for development.
  process.env.NODE_ENV = 'production'
  try {
    await build({ configFile: join(ROOT, 'vite.config.ts'), mode: 'production', logLevel: 'warn' })
  } finally {
    if (environment === undefined) delete process.env.NODE_ENV
    else process.env.NODE_ENV = environment
  }
}

function takeLock(): boolean {
  try {
    writeFileSync(LOCK, String(process.pid), { flag: 'wx' })
    return true
  } catch {
    if (!isAlive(readHolder())) rmSync(LOCK, { force: true })
    return false
  }
}

/** Zero, which counts as alive, while the holder has not written its id yet or is just done. */
function readHolder(): number {
  try {
    return Number(readFileSync(LOCK, 'utf8'))
  } catch {
    return 0
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** Of what the sources are now: one that changes during a build makes the result stale. */
function fingerprintSources(): string {
  const hash = createHash('sha256')
  const visit = (path: string) => {
    const stats = statSync(path)
    if (stats.isDirectory()) for (const name of readdirSync(path).sort()) visit(join(path, name))
    else hash.update(`${path} ${stats.size} ${stats.mtimeMs}\n`)
  }
  for (const path of SOURCES) visit(join(ROOT, path))
  return hash.digest('hex')
}

function isBuiltFrom(fingerprint: string): boolean {
  return existsSync(STAMP) && readFileSync(STAMP, 'utf8') === fingerprint
}
