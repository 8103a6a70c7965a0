import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseEnv } from 'node:util'
import type { z } from 'zod'
import { type LimitsInForce, makeLimits } from './apps/copilot/policy/make-limits.ts'
import { ENGINE_SETTINGS } from './config/engine-settings.ts'
import { EXECUTOR_SETTINGS } from './config/executor-settings.ts'
import { GATE_SETTINGS } from './config/gate-settings.ts'
import { OPERATIONS_SETTINGS } from './config/operations-settings.ts'
import { SERVER_SETTINGS } from './config/server-settings.ts'
import { TELEMETRY_SETTINGS } from './config/telemetry-settings.ts'
import { TRANSACTION_SETTINGS } from './config/transaction-settings.ts'
import { WEB3_SETTINGS } from './config/web3-settings.ts'
import { isLoopback } from './lib/loopback.ts'
import { makeRegistries, type Registries } from './web3/registry.ts'

/**
 * Every setting, with its default and what it is for. This is the only file that reads `process.env`; `.env.example`
 * is kept equal to it by a test. What is `secret` never stands in a log or a trace.
 */
export const SETTINGS = {
  ...SERVER_SETTINGS,
  ...GATE_SETTINGS,
  ...ENGINE_SETTINGS,
  ...EXECUTOR_SETTINGS,
  ...OPERATIONS_SETTINGS,
  ...WEB3_SETTINGS,
  ...TRANSACTION_SETTINGS,
  ...TELEMETRY_SETTINGS,
} as const

type Settings = { [K in keyof typeof SETTINGS]: z.output<(typeof SETTINGS)[K]['schema']> }
export type Config = Settings & {
  databaseUrl: string | undefined
  dataDir: string
  /** What programs that tools start are given: where programs stand, and a home. */
  commandEnvironment: Record<string, string>
  /** What is known and allowed on each chain. */
  registries: Registries
  /** The figures that checks of transactions go by. */
  transactionLimits: LimitsInForce
  /** No AUTH_SECRET, loopback, not production. */
  localMode: boolean
}

/** A setting is missing or wrong; the message says which and what was expected. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

/** Reads the settings, from a `.env` file in this folder too where the environment does not say. Empty means not set. */
export function readConfig(env: NodeJS.ProcessEnv = readEnvironment()): Config {
  const settings = readSettings(SETTINGS, env)
  const registries = orRefuse(() => readRegistries(settings))
  const config: Config = {
    ...settings,
    databaseUrl: settings.DATABASE_URL ?? settings.POSTGRES_URL,
    dataDir: resolve(settings.DATA_DIR),
    commandEnvironment: Object.fromEntries(
      ['PATH', 'HOME'].flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])),
    ),
    registries,
    transactionLimits: orRefuse(() => readLimits(settings, registries)),
    localMode: settings.AUTH_SECRET === undefined,
  }
  refuseOpenInstallation(config)
  refuseHalfOidc(config)
  refuseHalfExecutor(config)
  refuseOddSlippage(config)
  refuseUnknownChains(config)
  refuseOddImpact(config)
  return config
}

function readSettings<S extends Record<string, { schema: z.ZodType }>>(
  known: S,
  env: NodeJS.ProcessEnv,
): { [K in keyof S]: z.output<S[K]['schema']> } {
  const faults: string[] = []
  const entries = Object.entries(known).map(([name, { schema }]) => {
    const raw = env[name]?.trim() === '' ? undefined : env[name]
    const parsed = schema.safeParse(raw, { error: sayNumber })
    if (!parsed.success)
      faults.push(`${name}: ${parsed.error.issues.map(({ message }) => message).join('; ')}`)
    return [name, parsed.data]
  })
  if (faults.length > 0) throw new ConfigError(`settings are wrong:\n  ${faults.join('\n  ')}`)
  return Object.fromEntries(entries)
}

const { LOG_LEVEL, LOG_JSON } = TELEMETRY_SETTINGS
/** All that the executor knows; keys and the database are none of its business. */
const EXECUTOR_KNOWS = { ...EXECUTOR_SETTINGS, LOG_LEVEL, LOG_JSON } as const

export type ExecutorConfig = {
  [K in keyof typeof EXECUTOR_KNOWS]: z.output<(typeof EXECUTOR_KNOWS)[K]['schema']>
}

/** The same for the executor: what else a `.env` file says does not even become part of its environment. */
export const readExecutorConfig = (env: NodeJS.ProcessEnv = process.env): ExecutorConfig =>
  readSettings(EXECUTOR_KNOWS, { ...(existsSync('.env') && parseEnv(readFileSync('.env', 'utf8'))), ...env })

/** Of words zod says that they are no number of JavaScript's. */
function sayNumber({ code, expected }: { code?: string; expected?: unknown }): string | undefined {
  if (code !== 'invalid_type') return undefined
  if (expected === 'int') return 'expected a whole number'
  return expected === 'number' ? 'expected a number' : undefined
}

function readEnvironment(): NodeJS.ProcessEnv {
  if (existsSync('.env')) process.loadEnvFile('.env')
  return process.env
}

/** What is wrong only beside other settings. */
function orRefuse<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw new ConfigError((error as Error).message)
  }
}

const readRegistries = (settings: Settings): Registries =>
  makeRegistries({
    tokens: settings.ALLOWLISTED_TOKENS,
    routers: settings.ALLOWLISTED_ROUTERS,
    to: settings.ALLOWLIST_TO,
  })

const readLimits = (settings: Settings, registries: Registries) =>
  makeLimits(
    {
      figures: {
        maxDeadlineSeconds: settings.DEADLINE_WARN_SECONDS,
        priceImpactWarnBps: settings.PRICE_IMPACT_WARN_BPS,
        priceImpactBlockBps: settings.PRICE_IMPACT_BLOCK_BPS,
        feeOnTransferBlockBps: settings.FEE_ON_TRANSFER_BLOCK_BPS,
        sellBackBlockBps: settings.SELL_BACK_BLOCK_BPS,
        maxSimulationAgeBlocks: settings.SIMULATION_MAX_AGE_BLOCKS,
        sandwichWarnUsd: settings.MEV_WARN_USD,
        maxRunsPerHour: settings.VELOCITY_WARN_RUNS,
        maxRunsPerRecipientPerHour: settings.VELOCITY_WARN_RUNS_TO_RECIPIENT,
      },
      gasCaps: settings.GAS_CAPS,
      nativeReserve: settings.NATIVE_RESERVE,
      spendCaps: settings.SPEND_CAPS,
      codePins: settings.CODE_PINS,
      knownDelegates: settings.KNOWN_DELEGATES,
    },
    registries,
  )

function refuseOddSlippage(config: Config): void {
  const { MIN_SLIPPAGE_BPS: least, DEFAULT_SLIPPAGE_BPS: usual, MAX_SLIPPAGE_BPS: most } = config
  if (least <= usual && usual <= most) return
  throw new ConfigError(
    `expected MIN_SLIPPAGE_BPS (${least}) ≤ DEFAULT_SLIPPAGE_BPS (${usual}) ≤ MAX_SLIPPAGE_BPS (${most})`,
  )
}

function refuseOddImpact({ PRICE_IMPACT_WARN_BPS: warn, PRICE_IMPACT_BLOCK_BPS: block }: Config): void {
  if (warn <= block) return
  throw new ConfigError(`expected PRICE_IMPACT_WARN_BPS (${warn}) ≤ PRICE_IMPACT_BLOCK_BPS (${block})`)
}

/** A chain of which no token and no contract is known would never be read, and nobody would be told. */
function refuseUnknownChains({ RPC_URLS: urls = {}, registries }: Config): void {
  const unknown = Object.keys(urls).filter((chainId) => !registries.has(Number(chainId)))
  if (unknown.length === 0) return
  throw new ConfigError(
    `RPC_URLS names chain ${unknown.join(', ')}, of which nothing is known: expected ${[...registries.keys()].join(', ')}, or ALLOWLISTED_TOKENS of that chain`,
  )
}

/** Whoever the provider knows could come in: the operator says which of them. */
function refuseHalfOidc(config: Config): void {
  if (!config.OIDC_ISSUER) return
  if (config.OIDC_CLIENT_ID && config.OIDC_ALLOWED_DOMAINS.length > 0) return
  throw new ConfigError('OIDC_ISSUER needs OIDC_CLIENT_ID and OIDC_ALLOWED_DOMAINS, e.g. example.com')
}

/** Nobody else shall be able to give the executor work. */
function refuseHalfExecutor(config: Config): void {
  if (!config.LOGLINE_EXECUTOR_URL || config.LOGLINE_SHARED_SECRET.length > 0) return
  throw new ConfigError('LOGLINE_EXECUTOR_URL needs LOGLINE_SHARED_SECRET, the same as the executor has')
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
