import { Command, InvalidArgumentError } from 'commander'
import { createApp, VERSION } from '../app.ts'
import { type Config, ConfigError, readConfig } from '../config.ts'
import { DataFolderInUseError } from '../store/data-lock.ts'
import { openDatabase } from '../store/database.ts'
import { migrate } from '../store/migrate.ts'
import { buildStudioIfNeeded } from './build-studio.ts'
import { CommandError } from './command-error.ts'
import { runDoctor } from './doctor.ts'
import { exportBundle } from './export.ts'
import { findLocalServer } from './local-client.ts'
import { makeLogger } from './make-logger.ts'
import { runMcp } from './mcp.ts'
import { printStart } from './print-start.ts'
import { startServer, stopOnSignals } from './serve.ts'
import { verifyFile } from './verify.ts'

/** The `countersign` command. A failure that the user can mend is one line; anything else keeps its stack. */
export async function runCommandLine(argv: string[]): Promise<void> {
  const program = new Command('countersign')
    .description('Agents act. Humans countersign. Receipts prove it.')
    .version(VERSION)
    .showHelpAfterError()

  program
    .command('dev')
    .description('run everything on this machine; what `npm start` does')
    .action(async () => {
      const started = performance.now()
      const config = readConfig()
      const server = await startServer({
        ...config,
        LOG_LEVEL: process.stdout.isTTY && config.LOG_LEVEL === 'info' ? 'warn' : config.LOG_LEVEL,
      })
      stopOnSignals(server)
      printStart(server, config, Math.round(performance.now() - started))
      buildStudioIfNeeded((message) => console.log(message))
    })

  program
    .command('serve')
    .description('run the server; the Studio must have been built before')
    .action(async () => {
      const started = performance.now()
      const config = readConfig()
      const server = await startServer(config)
      stopOnSignals(server)
      printStart(server, config, Math.round(performance.now() - started))
    })

  program
    .command('migrate')
    .description('bring the database to this program’s schema, and end')
    .action(async () => {
      const config = readConfig()
      const { applied, version } = await migrateOnly(config)
      console.log(
        applied.length === 0
          ? `The schema is at version ${version} already.`
          : `Applied ${applied.join(', ')}; the schema is at version ${version}.`,
      )
    })

  program
    .command('doctor')
    .description('check Node, settings, lock, database, keys, clock and port, and say what to do')
    .action(async () => {
      process.exitCode = await runDoctor()
    })

  program
    .command('verify <bundle>')
    .description(
      'verify an exported bundle offline: exit code 0 verified, 1 broken, 2 consistent but signer unknown',
    )
    .option('--key <key>', 'a trusted verifier key, or a file that holds one; may be repeated', collect, [])
    .option('--checkpoint <file>', 'a checkpoint you kept from earlier')
    .option('--json', 'print the whole report as JSON')
    .action(async (bundle: string, options: { key: string[]; checkpoint?: string; json?: boolean }) => {
      process.exitCode = await verifyFile(bundle, options)
    })

  program
    .command('export')
    .description('write a bundle that `countersign verify` checks offline')
    .option('--run <run_id>', 'everything of one run')
    .option('--decision <decision_id>', 'every run that holds events of a decision')
    .option('-o, --output <file>', 'where to write it; standard output otherwise')
    .option('--since <size>', 'prove that nothing changed since a checkpoint of this size', toSize)
    .action(
      async ({
        run,
        decision,
        output,
        since,
      }: {
        run?: string
        decision?: string
        output?: string
        since?: number
      }) => {
        if ((run === undefined) === (decision === undefined))
          throw new CommandError('expected either --run or --decision')
        const scope = run === undefined ? { decisionId: decision! } : { runId: run }
        await exportBundle(readConfig(), scope, output ?? null, since ?? null)
      },
    )

  program
    .command('mcp')
    .description('serve the tools over stdio to an MCP client (one JSON a line, or Content-Length framing)')
    .action(async () => {
      await runMcp(readConfig())
    })

  const token = program.command('token').description('keys of execution tokens')
  token
    .command('rotate')
    .description('sign with a new key; the old one verifies for another day')
    .action(async () => {
      const { kid, retired } = await rotateTokenKey(readConfig())
      console.log(`New tokens are signed with ${kid}; ${retired} verifies for another 24 hours.`)
    })
  token
    .command('keys')
    .description('print the public keys as a JWK set')
    .action(async () => {
      console.log(JSON.stringify(await readTokenKeys(readConfig()), null, 2))
    })

  try {
    await program.parseAsync(argv)
  } catch (error) {
    if (
      error instanceof ConfigError ||
      error instanceof DataFolderInUseError ||
      error instanceof CommandError
    ) {
      console.error(error.message)
    } else if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') {
      console.error(`${(error as Error).message}: set PORT to a free port, or stop what listens there`)
    } else {
      console.error(error)
    }
    process.exit(1)
  }
}

const collect = (value: string, earlier: string[]) => [...earlier, value]

function toSize(value: string): number {
  if (!/^\d{1,15}$/.test(value))
    throw new InvalidArgumentError('expected the size of a checkpoint: a whole number')
  return Number(value)
}

async function migrateOnly(config: Config) {
  if (!config.databaseUrl) {
    const app = await createApp(config, makeLogger(config))
    await app.close()
    return { applied: [], version: (await import('../store/migrate.ts')).readMigrations().at(-1)!.version }
  }
  const database = await openDatabase({ kind: 'postgres', url: config.databaseUrl })
  try {
    return await migrate(database)
  } finally {
    await database.close()
  }
}

async function rotateTokenKey(config: Config): Promise<{ kid: string; retired: string }> {
  const server = findLocalServer(config)
  if (server) {
    const response = await fetch(`${server.address}/api/v1/tokens/rotate`, {
      method: 'POST',
      headers: server.headers,
    })
    if (!response.ok)
      throw new CommandError(`the server answered ${response.status}: ${await response.text()}`)
    return (await response.json()) as { kid: string; retired: string }
  }
  return withKernel(config, (app) => app.kernel.tokenKeys.rotate())
}

const readTokenKeys = (config: Config) => withKernel(config, (app) => app.kernel.tokenKeys.publicKeys())

async function withKernel<T>(
  config: Config,
  work: (app: Awaited<ReturnType<typeof createApp>>) => Promise<T>,
): Promise<T> {
  const app = await createApp(config, makeLogger({ ...config, LOG_LEVEL: 'warn' }))
  try {
    return await work(app)
  } finally {
    await app.close()
  }
}
