import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { basename, join } from 'node:path'
import { type Config, ConfigError, readConfig } from '../config.ts'
import { findLiveOwner, lockDataFolder } from '../store/data-lock.ts'
import { openDatabase } from '../store/database.ts'
import { readMigrations } from '../store/migrate.ts'

type Finding = { name: string; ok: boolean; says: string; todo?: string }

const OLDEST_NODE = [22, 13] as const

/** Looks at everything a start needs and says what to do about what is wrong. Returns the exit code. */
export async function runDoctor(): Promise<number> {
  const findings: Finding[] = [checkNode()]
  let config: Config | undefined
  try {
    config = readConfig()
    findings.push({
      name: 'settings',
      ok: true,
      says: config.localMode ? 'local administrator on loopback' : 'AUTH_SECRET is set',
    })
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    findings.push({
      name: 'settings',
      ok: false,
      says: error.message,
      todo: '.env.example lists every setting',
    })
  }
  if (config) {
    findings.push(
      checkLock(config),
      await checkDatabase(config),
      checkKeys(config),
      checkClock(),
      await checkPort(config),
    )
  }
  for (const { name, ok, says, todo } of findings) {
    console.log(`${ok ? 'ok  ' : 'BAD '} ${name.padEnd(9)} ${says}`)
    if (todo) console.log(`     ${''.padEnd(9)} → ${todo}`)
  }
  const bad = findings.filter(({ ok }) => !ok).length
  console.log(
    bad === 0
      ? '\nNothing is in the way of a start.'
      : `\n${bad} ${bad === 1 ? 'thing needs' : 'things need'} attention.`,
  )
  return bad === 0 ? 0 : 1
}

function checkNode(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const ok = major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])
  const says = `Node ${process.versions.node} (${OLDEST_NODE.join('.')} or newer is needed)`
  return {
    name: 'node',
    ok,
    says,
    ...(!ok && { todo: 'npm scripts of a checkout run on the right one by themselves: npm start' }),
  }
}

function checkLock(config: Config): Finding {
  if (config.databaseUrl) return { name: 'lock', ok: true, says: 'not needed with PostgreSQL' }
  const owner = findLiveOwner(config.dataDir)
  if (!owner) return { name: 'lock', ok: true, says: `${config.dataDir} is free` }
  return {
    name: 'lock',
    ok: true,
    says: `${config.dataDir} is open in process ${owner.pid}, at ${owner.address ?? 'an address it has not told yet'}`,
  }
}

async function checkDatabase(config: Config): Promise<Finding> {
  const newest = readMigrations().at(-1)!.version
  if (!config.databaseUrl && findLiveOwner(config.dataDir)) {
    return { name: 'database', ok: true, says: 'in use by the running server; its /healthz tells' }
  }
  if (!config.databaseUrl && !existsSync(join(config.dataDir, 'database'))) {
    return { name: 'database', ok: true, says: `embedded, made at first start in ${config.dataDir}` }
  }
  const lock = config.databaseUrl ? null : lockDataFolder(config.dataDir, '')
  try {
    const database = await openDatabase(
      config.databaseUrl
        ? { kind: 'postgres', url: config.databaseUrl }
        : { kind: 'pglite', dataDir: join(config.dataDir, 'database') },
    )
    try {
      const [row] = await database.asOwner((session) =>
        session
          .query<{ version: string; encoding: string; schema: number | null }>(
            `SELECT current_setting('server_version') AS version, current_setting('server_encoding') AS encoding,
             CASE WHEN to_regclass('schema_migrations') IS NULL THEN NULL
             ELSE (xpath('/row/v/text()', query_to_xml('SELECT max(version) AS v FROM schema_migrations', true, true, '')))[1]::text::int END AS schema`,
          )
          .catch(() =>
            session.query<{ version: string; encoding: string; schema: number | null }>(
              "SELECT current_setting('server_version') AS version, current_setting('server_encoding') AS encoding, NULL::int AS schema",
            ),
          ),
      )
      const { version, encoding, schema } = row!
      const says = `PostgreSQL ${version}, ${encoding}${schema === null ? '' : `, schema ${schema} of ${newest}`}`
      if (Number.parseInt(version, 10) < 15)
        return { name: 'database', ok: false, says, todo: 'use PostgreSQL 15 or newer' }
      if (encoding !== 'UTF8')
        return { name: 'database', ok: false, says, todo: 'create the database with ENCODING UTF8' }
      if (schema !== null && schema > newest)
        return {
          name: 'database',
          ok: false,
          says,
          todo: 'start the newer program, or restore a backup from before its upgrade',
        }
      return { name: 'database', ok: true, says }
    } finally {
      await database.close()
    }
  } catch (error) {
    return {
      name: 'database',
      ok: false,
      says: (error as Error).message || 'no answer',
      todo: config.databaseUrl
        ? 'check DATABASE_URL and that the server runs'
        : 'the folder may be damaged: set another DATA_DIR to start fresh',
    }
  } finally {
    lock?.release()
  }
}

/** Whoever reads one of these signs as this installation, or finds out what is behind a checksum. */
const KEY_FILES = ['tokens.json', 'checkpoint.pem', 'session-secret', 'logline-pepper']

function checkKeys(config: Config): Finding {
  const present = KEY_FILES.map((name) => join(config.dataDir, 'keys', name)).filter((path) =>
    existsSync(path),
  )
  const open = present.filter((path) => (statSync(path).mode & 0o077) !== 0)
  if (open.length > 0) {
    return {
      name: 'keys',
      ok: false,
      says: `${open.join(', ')}: others can read it`,
      todo: `chmod 600 ${open.join(' ')}`,
    }
  }
  try {
    for (const path of present) accessSync(path, constants.R_OK)
  } catch (error) {
    return {
      name: 'keys',
      ok: false,
      says: (error as Error).message,
      todo: 'run as the user who owns the folder',
    }
  }
  return {
    name: 'keys',
    ok: true,
    says:
      present.length > 0
        ? `${present.map((path) => basename(path)).join(', ')}: readable by their owner alone`
        : 'made at first start, or taken from the settings',
  }
}

function checkClock(): Finding {
  const ok = Date.now() > Date.parse('2026-01-01T00:00:00Z')
  const says = new Date().toISOString()
  return { name: 'clock', ok, says, ...(!ok && { todo: 'set the clock: approvals and tokens expire by it' }) }
}

function checkPort(config: Config): Promise<Finding> {
  const { HOST, PORT } = config
  const own = config.databaseUrl ? null : findLiveOwner(config.dataDir)
  if (own?.address?.endsWith(`:${PORT}`)) {
    return Promise.resolve({
      name: 'port',
      ok: true,
      says: `${HOST}:${PORT} is where the running server listens`,
    })
  }
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', (error) =>
      resolve({
        name: 'port',
        ok: false,
        says: `${HOST}:${PORT}: ${error.message}`,
        todo: 'set PORT to a free one, or stop what listens there',
      }),
    )
    probe.listen(PORT, HOST, () =>
      probe.close(() => resolve({ name: 'port', ok: true, says: `${HOST}:${PORT} is free` })),
    )
  })
}
