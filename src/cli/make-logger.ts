import pino, { type Logger } from 'pino'
import pretty from 'pino-pretty'
import type { Config } from '../config.ts'

/** What must never stand in a log, wherever somebody puts it. */
const SECRETS = [
  'authorization',
  'password',
  'token',
  'refresh_token',
  'access_token',
  'execution_token',
  'key',
  'secret',
  'cookie',
]
const redact = {
  paths: SECRETS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]),
  censor: '[secret]',
}

/** Logs to standard error, as JSON lines or as text, so that standard output stays free for what a command prints. */
export function makeLogger(config: Pick<Config, 'LOG_LEVEL' | 'LOG_JSON'>): Logger {
  const options = { level: config.LOG_LEVEL, redact, serializers: { error: pino.stdSerializers.err } }
  if (config.LOG_JSON) return pino(options, pino.destination({ dest: 2, sync: false }))
  return pino(
    options,
    pretty({ destination: 2, ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss.l', singleLine: true }),
  )
}
