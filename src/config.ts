import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { z } from 'zod'
import { ENGINE_SETTINGS } from './config/engine-settings.ts'
import { GATE_SETTINGS } from './config/gate-settings.ts'
import { OPERATIONS_SETTINGS } from './config/operations-settings.ts'
import { SERVER_SETTINGS } from './config/server-settings.ts'
import { TELEMETRY_SETTINGS } from './config/telemetry-settings.ts'
import { isLoopback } from './lib/loopback.ts'

/**
 * Every setting, with its default and what it is for. This is the only file that reads `process.env`; `.env.example`
 * is kept equal to it by a test. What is `secret` never stands in a log or a trace.
 */
export const SETTINGS = {
  ...SERVER_SETTINGS,
  ...GATE_SETTINGS,
  ...ENGINE_SETTINGS,
  ...OPERATIONS_SETTINGS,
  ...TELEMETRY_SETTINGS,
} as const

type Settings = { [K in keyof typeof SETTINGS]: z.output<(typeof SETTINGS)[K]['schema']> }
export type Config = Settings & {
  databaseUrl: string | undefined
  dataDir: string
  /** What programs that tools start are given: where programs stand, and a home. */
  commandEnvironment: Record<string, string>
  /** No AUTH_SECRET, loopback, not production. */
  localMode: boolean
}

/** A setting is missing or wrong; the message says which and what was expected. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

/** Reads the settings, from a `.env` file in this folder too where the environment does not say. Empty means not set. */
export function readConfig(env: NodeJS.ProcessEnv = readEnvironment()): Config {
  const faults: string[] = []
  const entries = Object.entries(SETTINGS).map(([name, { schema }]) => {
    const raw = env[name]?.trim() === '' ? undefined : env[name]
    const parsed = schema.safeParse(raw)
    if (!parsed.success)
      faults.push(`${name}: ${parsed.error.issues.map(({ message }) => message).join('; ')}`)
    return [name, parsed.data]
  })
  if (faults.length > 0) throw new ConfigError(`settings are wrong:\n  ${faults.join('\n  ')}`)
  const settings = Object.fromEntries(entries) as Settings
  const config: Config = {
    ...settings,
    databaseUrl: settings.DATABASE_URL ?? settings.POSTGRES_URL,
    dataDir: resolve(settings.DATA_DIR),
    commandEnvironment: Object.fromEntries(
      ['PATH', 'HOME'].flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])),
    ),
    localMode: settings.AUTH_SECRET === undefined,
  }
  refuseOpenInstallation(config)
  refuseHalfOidc(config)
  return config
}

function readEnvironment(): NodeJS.ProcessEnv {
  if (existsSync('.env')) process.loadEnvFile('.env')
  return process.env
}

/** Whoever the provider knows could come in: the operator says which of them. */
function refuseHalfOidc(config: Config): void {
  if (!config.OIDC_ISSUER) return
  if (config.OIDC_CLIENT_ID && config.OIDC_ALLOWED_DOMAINS.length > 0) return
  throw new ConfigError('OIDC_ISSUER needs OIDC_CLIENT_ID and OIDC_ALLOWED_DOMAINS, e.g. example.com')
}

/** Without a secret nobody can be told apart, so nobody but this machine may come in. */
function refuseOpenInstallation(config: Config): void {
  if (!config.localMode) {
    if (config.NODE_ENV === 'production' && config.COUNTERSIGN_CRASH_POINT) {
      throw new ConfigError('COUNTERSIGN_CRASH_POINT is for tests: unset it in production')
    }
    return
  }
  const how =
    'Set AUTH_SECRET to at least 32 random characters, e.g. AUTH_SECRET="$(openssl rand -base64 48)"'
  if (config.NODE_ENV === 'production') throw new ConfigError(`NODE_ENV=production needs AUTH_SECRET. ${how}`)
  if (!isLoopback(config.HOST)) {
    throw new ConfigError(
      `HOST=${config.HOST} can be reached from other machines, which needs AUTH_SECRET. ${how}`,
    )
  }
}
