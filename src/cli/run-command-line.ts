import { userInfo } from 'node:os'
import { Argument, Command, InvalidArgumentError, Option } from 'commander'
import { readConfig, readExecutorConfig } from '../config.ts'
import type { Role } from '../identity/schema.ts'
import { VERSION } from '../lib/version.ts'
import { CommandError, isUserError } from './command-error.ts'

/**
 * The `countersign` command. What a command needs is loaded when it runs: verifying a file shall not wait for a web
 * server. A failure that the user can mend is one line; anything else keeps its stack.
 */
export async function runCommandLine(argv: string[]): Promise<void> {
  try {
    await defineCommands().parseAsync(argv)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') {
      console.error(
        `${(error as Error).message}: set PORT (EXECUTOR_PORT for the executor) to a free port, or stop what listens there`,
      )
    } else {
      console.error(isUserError(error) ? error.message : error)
    }
    process.exit(1)
  }
}

function defineCommands(): Command {
  const program = new Command('countersign')
    .description('Agents act. Humans countersign. Receipts prove it.')
    .version(VERSION)
    .showHelpAfterError()

  program
    .command('dev')
    .description('run everything on this machine and build the Studio beside it; what `npm start` does')
    .action(async () => {
      // First, so that a setting that is wrong is told at once.
      const config = readConfig()
      const { runDevelopment } = await import('./serve.ts')
      await runDevelopment(config)
    })

  program
    .command('serve')
    .description('run the server; the Studio must have been built before')
    .action(async () => {
      const config = readConfig()
      const { runServer } = await import('./serve.ts')
      await runServer(config)
    })

  program
    .command('executor')
    .description(
      'run the executor, the process in which tools of type remote run; knows no database and shares a secret with the server',
    )
    .action(async () => {
      const { runExecutor } = await import('./executor.ts')
      await runExecutor(readExecutorConfig())
    })

  program
    .command('migrate')
    .description('bring the database to the schema of this program, and end')
    .action(async () => {
      const { runMigrations } = await import('./migrate.ts')
      await runMigrations(readConfig())
    })

  program
    .command('role <email>')
    .description(
      'say what an account may do in its tenant; an embedded database must not be in use by a server',
    )
    .addArgument(new Argument('<role>', 'see docs/guides/operate.md').choices(ROLES))
    .action(async (email: string, role: Role) => {
      const { changeRole } = await import('./role.ts')
      await changeRole(readConfig(), email, role)
    })

  const admin = program
    .command('admin')
    .description(
      'accounts and keys, as whoever owns the database; an embedded one must not be in use by a server',
    )
  admin
    .command('create-user <email>')
    .description('make an account; the first one administers the installation')
    .option('--name <name>', 'how the person is called; what stands before the @ otherwise')
    .addOption(new Option('--role <role>', 'what the person may do in the tenant').choices(ROLES))
    .option('--tenant <id>', 'a tenant that exists; the default one otherwise')
    .option('--password-stdin', 'read the password from standard input instead of making one up')
    .action(
      async (
        email: string,
        options: { name?: string; role?: Role; tenant?: string; passwordStdin?: boolean },
      ) => {
        const { createAccount } = await import('./admin.ts')
        await createAccount(readConfig(), email, options)
      },
    )
  admin
    .command('reset-password <email>')
    .description('give an account a new password and end its sessions')
    .option('--password-stdin', 'read the password from standard input instead of making one up')
    .action(async (email: string, options: { passwordStdin?: boolean }) => {
      const { renewPassword } = await import('./admin.ts')
      await renewPassword(readConfig(), email, options)
    })
  admin
    .command('list-keys')
    .description('print the API keys of a tenant, without their secrets')
    .option('--tenant <id>', 'the default one otherwise')
    .action(async (options: { tenant?: string }) => {
      const { printKeys } = await import('./admin.ts')
      await printKeys(readConfig(), options)
    })

  program
    .command('doctor')
    .description('check Node, settings, lock, database, keys, clock and port, and say what to do')
    .action(async () => {
      const { runDoctor } = await import('./doctor.ts')
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
      const { verifyFile } = await import('./verify.ts')
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
        const { exportBundle } = await import('./export.ts')
        await exportBundle(readConfig(), scope, output ?? null, since ?? null)
      },
    )

  program
    .command('checkpoint')
    .description(
      'print the newest signed checkpoint: kept elsewhere, it proves later that nothing before it changed',
    )
    .action(async () => {
      const { printCheckpoint } = await import('./checkpoint.ts')
      await printCheckpoint(readConfig())
    })

  for (const decision of ['approve', 'reject'] as const) {
    program
      .command(`${decision} <decision_id>`)
      .description(`${decision} a pending decision, as the owner of the data folder`)
      .option('--as <name>', 'the name to record beside who you are', userInfo().username)
      .option('--reason <reason>', decision === 'reject' ? 'why; required' : 'why')
      .action(async (decisionId: string, options: { as: string; reason?: string }) => {
        const { resolvePending } = await import('./resolve.ts')
        await resolvePending(readConfig(), decisionId, decision, options)
      })
  }

  program
    .command('mcp')
    .description('serve the tools over stdio to an MCP client (one JSON a line, or Content-Length framing)')
    .action(async () => {
      const { runMcp } = await import('./mcp.ts')
      await runMcp(readConfig())
    })

  const token = program.command('token').description('keys of execution tokens')
  token
    .command('rotate')
    .description('sign with a new key; the old one verifies for another day')
    .action(async () => {
      const { rotateTokenKey } = await import('./token.ts')
      await rotateTokenKey(readConfig())
    })
  token
    .command('keys')
    .description('print the public keys as a JWK set')
    .action(async () => {
      const { printTokenKeys } = await import('./token.ts')
      await printTokenKeys(readConfig())
    })
  return program
}

const ROLES: Role[] = ['admin', 'developer', 'user']

const collect = (value: string, earlier: string[]) => [...earlier, value]

function toSize(value: string): number {
  if (!/^\d{1,15}$/.test(value))
    throw new InvalidArgumentError('expected the size of a checkpoint: a whole number')
  return Number(value)
}
