import { randomBytes, randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { FastifyBaseLogger } from 'fastify'
import { copilotParts, makeCopilot } from './apps/copilot/make-copilot.ts'
import { makeIsCopilotRun } from './apps/copilot/runs/copilot-rows.ts'
import { watchTransactions } from './apps/copilot/tracking/watch-transactions.ts'
import { repeat, signCheckpoints, watchAlerts } from './background.ts'
import type { Config } from './config.ts'
import { makeEngine } from './engine/make-engine.ts'
import type { ModelSettings } from './engine/models/model-settings.ts'
import { openRecordingFolder, type Recordings } from './engine/models/recording-folder.ts'
import { createBookConnector } from './engine/purchase/book-connector.ts'
import type { PurchaseConnector } from './engine/purchase/connector.ts'
import { recoverPurchases } from './engine/purchase/execute-purchase.ts'
import { createHttpConnector } from './engine/purchase/http-connector.ts'
import type { EngineSettings } from './engine/runs/engine.ts'
import { placeRuns } from './engine/runs/place-runs.ts'
import { makeSeeding } from './engine/starter/seed-tenant.ts'
import type { ToolSettings } from './engine/tools/open-handlers.ts'
import { localAdministrator } from './http/authenticate.ts'
import type { HttpContext } from './http/http-context.ts'
import { createRateLimits } from './http/rate-limits.ts'
import { createIdentity, type Identity } from './identity/context.ts'
import { createOidc, type Oidc } from './identity/oidc.ts'
import { expireApprovals } from './kernel/approvals/expire-approvals.ts'
import type { Kernel } from './kernel/context.ts'
import { openCheckpointKeyFile, readCheckpointKey } from './kernel/ledger/checkpoint-signer.ts'
import { createLedger } from './kernel/ledger/ledger.ts'
import { refuseForeignLog } from './kernel/ledger/refuse-foreign-log.ts'
import { sequenceEvents } from './kernel/ledger/sequence-events.ts'
import { builtInPolicies } from './kernel/policy/built-in-policies.ts'
import { createPolicySets } from './kernel/policy/policy-sets.ts'
import { DEFAULT_TENANT } from './kernel/schema.ts'
import { openTokenKeyFile, readTokenKeySet } from './kernel/tokens/token-keys.ts'
import { type Clock, systemClock } from './lib/clock.ts'
import { readOrCreateFile } from './lib/read-or-create-file.ts'
import { VERSION } from './lib/version.ts'
import { openTelemetry } from './open-telemetry.ts'
import { type DevnetStart, openChains, openDevnet } from './open-web3.ts'
import { pruneAudit } from './ops/audit/prune-audit.ts'
import { pruneMetrics } from './ops/metrics/prune-metrics.ts'
import { createOperations, type OperationsSettings } from './ops/operations.ts'
import { logEvents } from './ops/telemetry/log-events.ts'
import { type DataLock, lockDataFolder } from './store/data-lock.ts'
import { type Database, openDatabase } from './store/database.ts'
import { migrate } from './store/migrate.ts'
import type { Chains } from './web3/chains.ts'

const SWEEP_INTERVAL_MS = 5_000
const PRUNE_INTERVAL_MS = 3_600_000
const WATCH_INTERVAL_MS = 2_000

export type CountersignApp = {
  kernel: Kernel
  identity: Identity
  http: HttpContext
  lock: DataLock | null
  localSecret: string
  /** The devnet as it starts beside the rest; null where none is wanted. */
  devnet: Promise<DevnetStart> | null
  /** Settles what an earlier process left open. Before anybody can ask for anything new. */
  recover(): Promise<void>
  /** Starts the work that nobody asks for: checkpoints, expiry, recovery. */
  startBackground(): void
  close(): Promise<void>
}

/** The composition root: opens the database, makes every part and hands each what it needs. */
export async function createApp(
  config: Config,
  log: FastifyBaseLogger,
  clock: Clock = systemClock,
): Promise<CountersignApp> {
  const localSecret = randomBytes(32).toString('base64url')
  const lock = config.databaseUrl ? null : lockDataFolder(config.dataDir, localSecret)
  const chains = openChains(config)
  // It takes as long as the database, and neither needs the other.
  const devnet = config.DEVNET === 'on' ? openDevnet(config, chains, log) : null
  let database: Database | undefined
  try {
    database = await openDatabase(
      config.databaseUrl
        ? { kind: 'postgres', url: config.databaseUrl, maxConnections: config.DATABASE_MAX_CONNECTIONS }
        : { kind: 'pglite', dataDir: join(config.dataDir, 'database') },
    )
    await migrate(database)
    return await composeApp({ config, log, clock, database, lock, localSecret, chains, devnet })
  } catch (error) {
    await (await devnet)?.devnet?.stop()
    await database?.close()
    lock?.release()
    throw error
  }
}

type Parts = {
  config: Config
  log: FastifyBaseLogger
  clock: Clock
  database: Database
  lock: DataLock | null
  localSecret: string
  chains?: Chains
  devnet?: Promise<DevnetStart> | null
}

/** Makes every part on an open, migrated database. */
export async function composeApp({
  config,
  log,
  clock,
  database,
  lock,
  localSecret,
  chains = openChains(config),
  devnet = null,
}: Parts): Promise<CountersignApp> {
  const keys = join(config.dataDir, 'keys')
  const installation = readInstallation(config)
  const builtIn = builtInPolicies({
    purchaseApprovalThreshold: config.NIGHTLEDGER_PURCHASE_APPROVAL_THRESHOLD_EUR,
  })
  const processId = randomUUID()
  const kernel: Kernel = {
    isPromised: makeIsCopilotRun(database),
    database,
    ledger: createLedger(database, clock, processId),
    clock,
    log,
    policySets: createPolicySets(database, builtIn, clock, log),
    tokenKeys: config.COUNTERSIGN_TOKEN_KEYS
      ? readTokenKeySet(config.COUNTERSIGN_TOKEN_KEYS, clock)
      : await openTokenKeyFile(join(keys, 'tokens.json'), clock),
    checkpointSigner: config.COUNTERSIGN_CHECKPOINT_KEY
      ? readCheckpointKey(config.COUNTERSIGN_CHECKPOINT_KEY, installation)
      : openCheckpointKeyFile(join(keys, 'checkpoint.pem'), installation),
    settings: {
      installation,
      processId,
      executionTokenTtlSeconds: config.NIGHTLEDGER_EXECUTION_TOKEN_TTL_SECONDS,
      approvalTtlSeconds: config.COUNTERSIGN_APPROVAL_TTL_SECONDS,
      maxFactsBytes: config.COUNTERSIGN_MAX_FACTS_BYTES,
      localMode: config.localMode,
      crashPoint: config.COUNTERSIGN_CRASH_POINT ?? null,
    },
  }
  await refuseForeignLog(kernel)
  if (DETAILED.has(config.LOG_LEVEL)) logEvents(kernel.ledger, log)
  const telemetry = await openTelemetry(config, kernel)
  const identity = makeIdentity(config, kernel)
  const connectors = makeConnectors(config, database, clock)
  const stopping = new AbortController()
  const background: Promise<void>[] = []
  const copilot = makeCopilot(kernel, chains, {
    confirmations: config.WEB3_CONFIRMATIONS,
    policy: config.transactionLimits,
  })
  const engine = makeEngine(
    kernel,
    engineSettingsOf(config),
    modelSettingsOf(config),
    recordingsOf(config),
    toolSettingsOf(config),
    stopping.signal,
    copilotParts(copilot),
  )
  const operations = createOperations(kernel, operationsSettingsOf(config))
  const seedTenant = makeSeeding(kernel)
  await seedTenant(DEFAULT_TENANT)
  const http: HttpContext = {
    kernel,
    identity,
    engine,
    operations,
    copilot,
    seedTenant,
    purchaseConnector: connectors[0]!,
    localPrincipal: config.localMode ? localAdministrator() : null,
    localSecret: localSecret || null,
    corsOrigins: config.CORS_ORIGINS,
    trustedProxies: config.TRUSTED_PROXIES,
    oidc: oidcOf(config, identity),
    rateLimits: createRateLimits(
      {
        attempt: config.RATE_LIMIT_SIGN_IN,
        account: config.RATE_LIMIT_ACCOUNT,
        address: config.RATE_LIMIT_ADDRESS,
        user: config.RATE_LIMIT_USER,
        apiKey: config.RATE_LIMIT_API_KEY,
        tenant: config.RATE_LIMIT_TENANT,
      },
      database.kind === 'postgres' ? database : null,
    ),
    publicUrl: config.PUBLIC_URL,
    version: VERSION,
    studio: { directory: new URL('../dist/studio/', import.meta.url).pathname },
    production: config.NODE_ENV === 'production',
    openStreams: new Set(),
  }
  return {
    kernel,
    identity,
    http,
    lock,
    localSecret,
    devnet,
    async recover() {
      // The folder's lock says that no other process is at work on it; on a shared database one may be.
      const young = lock ? 0 : config.PURCHASE_WEBHOOK_TIMEOUT_MS + 60_000
      await recoverPurchases(kernel, connectors, clock.now() - young)
    },
    startBackground() {
      background.push(
        repeat(kernel, stopping.signal, SWEEP_INTERVAL_MS, async () => {
          await expireApprovals(kernel)
          await recoverPurchases(
            kernel,
            connectors,
            clock.now() - config.PURCHASE_WEBHOOK_TIMEOUT_MS - 60_000,
          )
        }),
        signCheckpoints(kernel, stopping.signal),
        repeat(kernel, stopping.signal, SWEEP_INTERVAL_MS, operations.catchUpAll),
        watchAlerts(operations, stopping.signal),
        repeat(kernel, stopping.signal, PRUNE_INTERVAL_MS, async () => {
          await pruneAudit(kernel, config.COUNTERSIGN_AUDIT_RETENTION_DAYS)
          await pruneMetrics(kernel)
        }),
        placeRuns(engine),
        repeat(kernel, stopping.signal, WATCH_INTERVAL_MS, () => watchTransactions(engine, copilot)),
      )
    },
    async close() {
      stopping.abort()
      await Promise.all(background)
      await engine.handlers.close()
      await (await devnet)?.devnet?.stop()
      // What was written last shall be covered by a signature too.
      await sequenceEvents(kernel).catch(() => {})
      await telemetry?.close()
      await database.close()
      lock?.release()
    },
  }
}

/** Levels at which every event of a run is a line. */
const DETAILED = new Set(['debug', 'trace'])

/** The name of this installation, made up at its first start. */
const readInstallation = (config: Config): string =>
  config.COUNTERSIGN_INSTALLATION ??
  readOrCreateFile(
    join(config.dataDir, 'installation'),
    () => `countersign-${randomBytes(4).toString('hex')}`,
  )

/** Accounts and credentials, with the secrets of this installation. */
export function makeIdentity(config: Config, store: Pick<Kernel, 'database' | 'ledger' | 'clock'>): Identity {
  const readSecret = (name: string) =>
    readOrCreateFile(join(config.dataDir, 'keys', name), () => randomBytes(48).toString('base64url'))
  return createIdentity(store, {
    authSecret: new TextEncoder().encode(config.AUTH_SECRET ?? readSecret('session-secret')),
    issuer: readInstallation(config),
    loglinePepper: config.COUNTERSIGN_LOGLINE_PEPPER ?? readSecret('logline-pepper'),
    accessTokenTtlSeconds: config.ACCESS_TOKEN_TTL_SECONDS,
    sessionTtlSeconds: config.SESSION_TTL_SECONDS,
  })
}

const oidcOf = (config: Config, { settings }: Identity): Oidc | null =>
  config.OIDC_ISSUER && config.OIDC_CLIENT_ID
    ? createOidc(
        {
          issuer: config.OIDC_ISSUER,
          clientId: config.OIDC_CLIENT_ID,
          clientSecret: config.OIDC_CLIENT_SECRET,
          allowedDomains: config.OIDC_ALLOWED_DOMAINS,
        },
        settings.authSecret,
      )
    : null

const engineSettingsOf = (config: Config): EngineSettings => ({
  runWaitMs: config.COUNTERSIGN_RUN_WAIT_MS,
  logLlmContent: config.LOG_LLM_CONTENT,
})

const operationsSettingsOf = (config: Config): OperationsSettings => ({
  alertIntervalMs: config.COUNTERSIGN_ALERT_INTERVAL_SECONDS * 1000,
  historyDays: config.COUNTERSIGN_AUDIT_RETENTION_DAYS,
  channels: {
    webhookUrl: config.ALERT_WEBHOOK_URL ?? null,
    slackUrl: config.ALERT_SLACK_WEBHOOK_URL ?? null,
    pagerdutyRoutingKey: config.ALERT_PAGERDUTY_ROUTING_KEY ?? null,
    pagerdutyUrl: config.ALERT_PAGERDUTY_URL,
    emailTo: config.ALERT_EMAIL_TO,
    emailFrom: config.ALERT_EMAIL_FROM,
    smtpUrl: config.SMTP_URL ?? null,
  },
})

const modelSettingsOf = (config: Config): ModelSettings => ({
  openaiApiKey: config.OPENAI_API_KEY,
  anthropicApiKey: config.ANTHROPIC_API_KEY,
  googleApiKey: config.GOOGLE_GENERATIVE_AI_API_KEY,
  mistralApiKey: config.MISTRAL_API_KEY,
  openaiBaseUrl: config.OPENAI_BASE_URL,
  anthropicBaseUrl: config.ANTHROPIC_BASE_URL,
  googleBaseUrl: config.GOOGLE_GENERATIVE_AI_BASE_URL,
  mistralBaseUrl: config.MISTRAL_BASE_URL,
  baseUrl: config.LLM_BASE_URL,
  apiKey: config.LLM_API_KEY,
  model: config.LLM_MODEL,
  priceTable: config.COUNTERSIGN_MODEL_PRICES,
})

const recordingsOf = ({ LLM_RECORDING: mode, dataDir }: Config): Recordings | null =>
  mode === 'off' ? null : { mode, store: openRecordingFolder(join(dataDir, 'recordings')) }

const toolSettingsOf = (config: Config): ToolSettings => ({
  secrets: config.COUNTERSIGN_TOOL_SECRETS ?? {},
  allowedOrigins: config.COUNTERSIGN_TOOL_ORIGINS,
  allowCommands: config.COUNTERSIGN_MCP_COMMANDS,
  environment: config.commandEnvironment,
  executor: config.LOGLINE_EXECUTOR_URL
    ? { url: config.LOGLINE_EXECUTOR_URL, secret: config.LOGLINE_SHARED_SECRET[0]! }
    : null,
})

/** The connector in use first; the other is still asked about effects it began. */
function makeConnectors(config: Config, database: Database, clock: Clock): PurchaseConnector[] {
  const book = createBookConnector(database, clock)
  if (!config.PURCHASE_WEBHOOK_URL) return [book]
  const http = createHttpConnector({
    url: config.PURCHASE_WEBHOOK_URL,
    timeoutMs: config.PURCHASE_WEBHOOK_TIMEOUT_MS,
    allowPrivateAddress: config.PURCHASE_WEBHOOK_ALLOW_PRIVATE,
  })
  return [http, book]
}
