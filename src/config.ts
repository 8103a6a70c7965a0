import { existsSync } from 'node:fs'
import { isIP } from 'node:net'
import { resolve } from 'node:path'
import { z } from 'zod'
import { isLoopback } from './lib/loopback.ts'

const text = z.string().trim().min(1)
const port = z.coerce.number().int().min(0).max(65_535)
const flag = z.stringbool()
const perMinute = (fallback: number) => z.coerce.number().int().min(0).default(fallback)
const seconds = z.coerce.number().int().positive()

/** A number that falls back, because the contract says so, where others are refused. */
const lenientNumber = (fallback: number, accept: (value: number) => boolean) =>
  z
    .string()
    .optional()
    .transform((value) => {
      const number = value?.trim() ? Number(value) : Number.NaN
      return Number.isFinite(number) && accept(number) ? number : fallback
    })

const commaList = z
  .string()
  .default('')
  .transform((list) =>
    list
      .split(',')
      .map((entry) => entry.trim())
      .filter(Boolean),
  )

function readSecrets(json: string): Record<string, string> | null {
  try {
    return z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string()).parse(JSON.parse(json))
  } catch {
    return null
  }
}

function refuseSecrets(context: z.RefinementCtx): never {
  // The value itself is secret, so it is not told.
  context.addIssue({ code: 'custom', message: 'expected a JSON object whose members are all text' })
  return z.NEVER
}

/** `name=value` pairs with commas between, percent-encoded, as OpenTelemetry writes lists; null for anything else. */
function readPairs(list: string): Record<string, string> | null {
  const pairs = list
    .split(',')
    .filter((pair) => pair.trim() !== '')
    .map((pair) => /^\s*([^=\s]+)\s*=(.*)$/s.exec(pair))
  try {
    return Object.fromEntries(
      pairs.map((pair) => [decodeURIComponent(pair![1]!), decodeURIComponent(pair![2]!.trim())]),
    )
  } catch {
    return null
  }
}

const pairs = z
  .string()
  .transform((list, context) => {
    const read = readPairs(list)
    if (read) return read
    // Headers are secret, so what was given is not told.
    context.addIssue({ code: 'custom', message: 'expected name=value, comma-separated and percent-encoded' })
    return z.NEVER
  })
  .optional()

/**
 * Every setting, with its default and what it is for. This is the only file that reads `process.env`; `.env.example`
 * is kept equal to it by a test. What is `secret` never stands in a log or a trace.
 */
export const SETTINGS = {
  HOST: {
    schema: text.default('127.0.0.1'),
    about: 'address to listen on; anything but loopback needs AUTH_SECRET',
  },
  PORT: { schema: port.default(8000), about: 'port to listen on; 0 takes a free one' },
  DATA_DIR: {
    schema: text.default('.countersign'),
    about: 'folder of the embedded database, keys and lock file',
  },
  DATABASE_URL: {
    schema: text.optional(),
    about: 'PostgreSQL 15 or newer instead of the embedded database',
    secret: true,
  },
  POSTGRES_URL: { schema: text.optional(), about: 'another name for DATABASE_URL', secret: true },
  DATABASE_MAX_CONNECTIONS: {
    schema: z.coerce.number().int().min(1).max(500).default(10),
    about: 'connections to PostgreSQL',
  },
  AUTH_SECRET: {
    schema: z
      .string()
      .min(32, 'expected at least 32 characters, e.g. from: openssl rand -base64 48')
      .optional(),
    about: 'signs sessions; without it everybody on loopback is the local administrator',
    secret: true,
  },
  ACCESS_TOKEN_TTL_SECONDS: { schema: seconds.max(3600).default(900), about: 'life of an access token' },
  SESSION_TTL_SECONDS: { schema: seconds.default(604_800), about: 'life of a session' },
  PUBLIC_URL: {
    schema: z.url().optional(),
    about:
      'the address users reach this server by, when a proxy stands in front; passkeys are made for its name',
  },
  CORS_ORIGINS: {
    schema: commaList,
    about:
      'origins of other pages that may call the API, comma-separated; without AUTH_SECRET they act as the local administrator',
  },
  OIDC_ISSUER: {
    schema: z.url({ protocol: /^https?$/ }).optional(),
    about:
      'OpenID provider at which people may sign in, beside passwords; needs the next one and OIDC_ALLOWED_DOMAINS',
  },
  OIDC_CLIENT_ID: {
    schema: text.optional(),
    about:
      'what the provider calls this installation; its redirect URI is PUBLIC_URL/api/v1/auth/oidc/callback',
  },
  OIDC_CLIENT_SECRET: {
    schema: text.optional(),
    about: 'the secret that the provider gave, if it gave one',
    secret: true,
  },
  OIDC_ALLOWED_DOMAINS: {
    schema: commaList.transform((list) => list.map((domain) => domain.toLowerCase())),
    about:
      'e-mail domains that may sign in there, comma-separated; new people join the default tenant. * lets everybody in, each with a tenant of their own',
  },
  TRUSTED_PROXIES: {
    schema: commaList.refine(
      (list) => list.every((entry) => isIP(entry.split('/')[0]!) !== 0),
      'expected addresses or networks, comma-separated, e.g. 10.0.0.0/8',
    ),
    about:
      "addresses of the proxies in front, comma-separated: their X-Forwarded-For names the caller's address",
  },
  RATE_LIMIT_SIGN_IN: {
    schema: perMinute(60),
    about:
      'sign-ins, registrations and refreshes a minute from one address; 0 is no limit, as for the next five',
  },
  RATE_LIMIT_ACCOUNT: {
    schema: perMinute(10),
    about: 'tries of the password of one account a minute, from all addresses it did not sign in from lately',
  },
  RATE_LIMIT_ADDRESS: {
    schema: perMinute(100),
    about: 'requests a minute without a valid credential, from one address',
  },
  RATE_LIMIT_USER: { schema: perMinute(1000), about: 'requests a minute of one signed-in user' },
  RATE_LIMIT_API_KEY: { schema: perMinute(5000), about: 'requests a minute with one API key' },
  RATE_LIMIT_TENANT: { schema: perMinute(10_000), about: 'requests a minute of one tenant' },
  NIGHTLEDGER_PURCHASE_APPROVAL_THRESHOLD_EUR: {
    schema: lenientNumber(100, (value) => value >= 0),
    about: 'purchases above this many EUR need an approval; anything but a number means 100',
  },
  NIGHTLEDGER_EXECUTION_TOKEN_TTL_SECONDS: {
    schema: lenientNumber(300, (value) => value > 0 && value <= 86_400),
    about: 'life of an execution token; anything but a positive number means 300',
  },
  COUNTERSIGN_APPROVAL_TTL_SECONDS: {
    schema: z.coerce.number().int().min(0).default(604_800),
    about: 'an approval nobody resolves expires after this long; 0 means never',
  },
  COUNTERSIGN_MAX_FACTS_BYTES: {
    schema: z.coerce.number().int().min(4096).max(1_048_576).default(65_536),
    about:
      'how large what policies look at may be, the input of a run in it; it is stored with each decision',
  },
  COUNTERSIGN_TOKEN_KEYS: {
    schema: text.optional(),
    about: 'JWK set with the private Ed25519 keys of execution tokens, instead of files',
    secret: true,
  },
  COUNTERSIGN_CHECKPOINT_KEY: {
    schema: text.optional(),
    about: 'private Ed25519 key (PKCS#8, base64) that signs checkpoints, instead of a file',
    secret: true,
  },
  COUNTERSIGN_LOGLINE_PEPPER: {
    schema: z
      .string()
      .min(32, 'expected at least 32 characters, e.g. from: openssl rand -base64 48')
      .optional(),
    about: 'keys the checksums of LogLine IDs, instead of a file',
    secret: true,
  },
  COUNTERSIGN_INSTALLATION: {
    schema: z
      .string()
      .regex(
        /^[a-z0-9][a-z0-9.-]{0,62}$/,
        'expected a host-like name: lower-case letters, digits, dots, hyphens',
      )
      .optional(),
    about: 'name of this installation in tokens and checkpoints; made up at first start otherwise',
  },
  PURCHASE_WEBHOOK_URL: {
    schema: z.url({ protocol: /^https?$/ }).optional(),
    about: 'purchases are posted here; without it they go into our own order book',
    secret: true,
  },
  PURCHASE_WEBHOOK_TIMEOUT_MS: {
    schema: z.coerce.number().int().min(100).max(120_000).default(10_000),
    about: 'how long the shop may take to answer',
  },
  PURCHASE_WEBHOOK_ALLOW_PRIVATE: {
    schema: flag.default(false),
    about: 'the shop may stand on a private or loopback address',
  },
  OPENAI_API_KEY: { schema: text.optional(), about: 'agents may use models of OpenAI', secret: true },
  ANTHROPIC_API_KEY: { schema: text.optional(), about: 'agents may use models of Anthropic', secret: true },
  GOOGLE_GENERATIVE_AI_API_KEY: {
    schema: text.optional(),
    about: 'agents may use models of Google',
    secret: true,
  },
  MISTRAL_API_KEY: { schema: text.optional(), about: 'agents may use models of Mistral', secret: true },
  LLM_BASE_URL: {
    schema: z.url({ protocol: /^https?$/ }).optional(),
    about:
      "any server that speaks OpenAI's chat completions; serves every agent whose own provider has no key",
  },
  LLM_API_KEY: {
    schema: text.optional(),
    about: 'the key of the server at LLM_BASE_URL, when it wants one',
    secret: true,
  },
  LLM_MODEL: { schema: text.optional(), about: 'the model to ask for at LLM_BASE_URL' },
  LOG_LLM_CONTENT: {
    schema: flag.default(true),
    about: 'false keeps prompts and answers of models out of the ledger; their hashes stand instead',
  },
  LLM_RECORDING: {
    schema: z.enum(['off', 'record', 'replay']).default('off'),
    about: 'record keeps answers of models in DATA_DIR/recordings; replay answers from there and asks nobody',
  },
  COUNTERSIGN_RUN_WAIT_MS: {
    schema: z.coerce.number().int().min(0).max(600_000).default(8_000),
    about: 'how long starting a run waits for it to end or pause before it answers that it is running',
  },
  COUNTERSIGN_TOOL_SECRETS: {
    schema: z
      .string()
      .transform((json, context) => readSecrets(json) ?? refuseSecrets(context))
      .optional(),
    about: 'JSON object of secrets that HTTP and MCP tools refer to by name, e.g. {"CRM_TOKEN":"…"}',
    secret: true,
  },
  COUNTERSIGN_TOOL_ORIGINS: {
    schema: commaList,
    about: 'private origins that tools may call, comma-separated, e.g. http://127.0.0.1:9000',
  },
  COUNTERSIGN_MCP_COMMANDS: {
    schema: flag.default(false),
    about: 'tools of type mcp may start programs on this machine',
  },
  COUNTERSIGN_API_KEY: {
    schema: text.optional(),
    about: 'the API key that `countersign mcp` shows to the running server; the folder owner asks otherwise',
    secret: true,
  },
  COUNTERSIGN_MCP_RESOLVE_APPROVALS: {
    schema: flag.default(false),
    about: "offer resolve_approval to MCP clients: for a human's own client, never for an agent's",
  },
  COUNTERSIGN_AUDIT_RETENTION_DAYS: {
    schema: z.coerce.number().int().min(1).max(36_500).default(90),
    about: 'how long the audit log can be searched; the ledger it is made from keeps everything',
  },
  COUNTERSIGN_ALERT_INTERVAL_SECONDS: {
    schema: z.coerce.number().int().min(0).max(86_400).default(300),
    about: 'how often alerts are looked at; 0 means only when somebody asks',
  },
  ALERT_WEBHOOK_URL: {
    schema: z.url({ protocol: /^https?$/ }).optional(),
    about: 'where alerts of the first tenant are posted, unless an alert names another',
    secret: true,
  },
  ALERT_SLACK_WEBHOOK_URL: {
    schema: z.url({ protocol: /^https?$/ }).optional(),
    about: 'the incoming webhook of Slack for alerts of the first tenant',
    secret: true,
  },
  ALERT_PAGERDUTY_ROUTING_KEY: {
    schema: text.optional(),
    about: 'the integration key of PagerDuty (Events API v2) for alerts of the first tenant',
    secret: true,
  },
  ALERT_PAGERDUTY_URL: {
    schema: z.url({ protocol: /^https?$/ }).default('https://events.pagerduty.com'),
    about: 'where PagerDuty takes events',
  },
  ALERT_EMAIL_TO: {
    schema: commaList,
    about:
      'who gets e-mail about alerts of the first tenant, comma-separated; elsewhere its administrators do',
  },
  ALERT_EMAIL_FROM: {
    schema: text.default('countersign@localhost'),
    about: 'who e-mail about alerts comes from',
  },
  SMTP_URL: {
    schema: z.url({ protocol: /^smtps?$/ }).optional(),
    about: 'the mail server for alerts, e.g. smtps://user:password@mail.example.com',
    secret: true,
  },
  LOG_LEVEL: {
    schema: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
    about: 'how much to log',
  },
  LOG_JSON: { schema: flag.default(false), about: 'log JSON lines instead of text' },
  OTEL_EXPORTER_OTLP_ENDPOINT: {
    schema: z.url({ protocol: /^https?$/ }).optional(),
    about: 'collector that gets traces of runs, OTLP over HTTP, e.g. http://127.0.0.1:4318; none without it',
  },
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: {
    schema: z.url({ protocol: /^https?$/ }).optional(),
    about: 'the same as a whole address, taken as it is',
  },
  OTEL_EXPORTER_OTLP_HEADERS: {
    schema: pairs,
    about: 'headers for the collector, name=value, comma-separated',
    secret: true,
  },
  OTEL_EXPORTER_OTLP_TRACES_HEADERS: {
    schema: pairs,
    about: 'more of them; they go before those above',
    secret: true,
  },
  OTEL_SERVICE_NAME: {
    schema: text.optional(),
    about: 'what traces call this service; countersign without it',
  },
  OTEL_RESOURCE_ATTRIBUTES: {
    schema: pairs,
    about: 'what else traces say of it, name=value, comma-separated',
  },
  OTEL_TRACES_EXPORTER: {
    schema: z.string().default('otlp'),
    about: 'none sends nothing to the collector above',
  },
  OTEL_TRACES_SAMPLER: {
    schema: z.string().default('parentbased_always_on'),
    about: 'which runs are traced: always_on, always_off or traceidratio; parentbased_ makes no difference',
  },
  OTEL_TRACES_SAMPLER_ARG: {
    schema: text.optional(),
    about: 'with traceidratio the part of all runs, between 0 and 1',
  },
  OTEL_SDK_DISABLED: { schema: flag.default(false), about: 'true sends no traces anywhere' },
  OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: {
    schema: flag.default(false),
    about:
      'true puts prompts, answers, and what tools take and give into traces, unless LOG_LLM_CONTENT is false',
  },
  LANGSMITH_TRACING: {
    schema: flag.default(false),
    about: 'true sends traces to LangSmith, beside a collector; needs the next one',
  },
  LANGSMITH_API_KEY: { schema: text.optional(), about: 'the key for LangSmith', secret: true },
  LANGSMITH_PROJECT: { schema: text.optional(), about: 'the project in LangSmith' },
  LANGSMITH_ENDPOINT: {
    schema: z.url({ protocol: /^https?$/ }).default('https://api.smith.langchain.com'),
    about: 'where LangSmith is',
  },
  NODE_ENV: {
    schema: z.string().default('development'),
    about: 'production refuses to start without AUTH_SECRET',
  },
  COUNTERSIGN_CRASH_POINT: { schema: text.optional(), about: 'tests only: end the process at a named point' },
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
