import pino, { type Logger } from 'pino'
import pretty from 'pino-pretty'
import type { Config } from '../config.ts'
import { makeMask } from '../engine/tools/handlers/mask-secrets.ts'
import { isSecretName, maskCredentials } from '../lib/mask-credentials.ts'
import { traceIdOf } from '../lib/trace-id.ts'
import { secretsOf } from '../secrets-of.ts'

const MASK = '[secret]'
/** What is nested deeper than this is not logged. */
const DEEPEST = 8

/**
 * Logs to standard error, as JSON lines or as text, so that standard output stays free for what a command prints. A line
 * about a run carries its trace. Secrets are kept out three times: by the names of members, by what credentials look
 * like, and by the values that the settings keep secret.
 */
export function makeLogger(config: Partial<Config> & Pick<Config, 'LOG_LEVEL' | 'LOG_JSON'>): Logger {
  const maskSettings = makeMask(secretsOf(config))
  const options: pino.LoggerOptions = {
    level: config.LOG_LEVEL,
    formatters: { log: describe },
    hooks: { streamWrite: (line) => maskCredentials(maskSettings(line)) },
  }
  if (config.LOG_JSON) return pino(options, pino.destination({ dest: 2, sync: false }))
  return pino(
    options,
    pretty({ destination: 2, ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss.l', singleLine: true }),
  )
}

function describe(fields: Record<string, unknown>): Record<string, unknown> {
  const shown = maskMembers(fields, 0) as Record<string, unknown>
  const { run_id: runId } = shown
  return typeof runId === 'string' && !('trace_id' in shown)
    ? { ...shown, trace_id: traceIdOf(runId) }
    : shown
}

/** Only plain data is walked: what has a class of its own is for its serializer to describe. */
function maskMembers(value: unknown, depth: number): unknown {
  if (value instanceof Error) return maskMembers({ ...pino.stdSerializers.err(value) }, depth)
  if (typeof value !== 'object' || value === null) return value
  if (depth > DEEPEST) return '[deeper]'
  if (Array.isArray(value)) return value.map((inner) => maskMembers(inner, depth + 1))
  if (!isPlain(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      isSecretName(name) && holdsText(inner) ? MASK : maskMembers(inner, depth + 1),
    ]),
  )
}

const holdsText = (value: unknown) => value !== null && value !== undefined && typeof value !== 'boolean'

/** A described error may hold more of them. */
const DESCRIBED_ERROR = Object.getPrototypeOf(pino.stdSerializers.err(new Error('any')))

const isPlain = (value: object) =>
  [Object.prototype, DESCRIBED_ERROR, null].includes(Object.getPrototypeOf(value))
