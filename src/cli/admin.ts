import { randomBytes } from 'node:crypto'
import { text } from 'node:stream/consumers'
import { makeIdentity } from '../app.ts'
import type { Config } from '../config.ts'
import type { Identity } from '../identity/context.ts'
import { createUser } from '../identity/create-user.ts'
import { readTenantKeys } from '../identity/list-tenant-keys.ts'
import { resetPassword } from '../identity/reset-password.ts'
import { RegisterInput, type Role, type TenantApiKey } from '../identity/schema.ts'
import { createLedger } from '../kernel/ledger/ledger.ts'
import { DEFAULT_TENANT } from '../kernel/schema.ts'
import { systemClock } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { migrate } from '../store/migrate.ts'
import { CommandError } from './command-error.ts'
import { OPERATOR } from './operator.ts'
import { withDatabase } from './with-database.ts'

type CreateOptions = { name?: string; role?: Role; tenant?: string; passwordStdin?: boolean }

/** Makes an account; its password is read from standard input, or made up and printed this once. */
export async function createAccount(config: Config, email: string, options: CreateOptions): Promise<void> {
  const { password, made } = await choosePassword(options.passwordStdin)
  const name = options.name ?? email.split('@')[0]!
  const account = RegisterInput.safeParse({ email, name, password })
  if (!account.success) throw new CommandError(describe(account.error.issues))
  await withIdentity(config, async (identity) => {
    const user = await createUser(identity, {
      ...account.data,
      tenantId: options.tenant ?? DEFAULT_TENANT,
      role: options.role ?? null,
      by: OPERATOR,
    })
    console.log(`${user.email} has an account with the role ${user.role} in the tenant ${user.tenant_id}.`)
    if (made) console.log(`Password, shown this once: ${password}`)
  })
}

/** Gives an account a new password, for somebody who forgot theirs. */
export async function renewPassword(
  config: Config,
  email: string,
  options: { passwordStdin?: boolean },
): Promise<void> {
  const { password, made } = await choosePassword(options.passwordStdin)
  const parsed = RegisterInput.shape.password.safeParse(password)
  if (!parsed.success) throw new CommandError(describe(parsed.error.issues))
  await withIdentity(config, async (identity) => {
    const account = await resetPassword(identity, email, parsed.data, OPERATOR)
    if (!account) throw new CommandError(`nobody registered as '${email}'`)
    console.log(
      `${email} has a new password; every session of theirs is over, and so are their passkeys. API keys are as they were.`,
    )
    if (made) console.log(`Password, shown this once: ${password}`)
  })
}

/** Prints the API keys of a tenant, without their secrets. */
export async function printKeys(
  config: Config,
  { tenant = DEFAULT_TENANT }: { tenant?: string },
): Promise<void> {
  await withIdentity(config, async (identity) => {
    const keys = await readTenantKeys(identity, tenant, null)
    if (keys.length === 0) console.log(`The tenant ${tenant} has no API keys.`)
    for (const key of keys) console.log(formatKey(key, identity.clock.now()))
  })
}

function formatKey(key: TenantApiKey, now: number): string {
  const over = key.revoked_at
    ? 'revoked'
    : key.expires_at && Date.parse(key.expires_at) <= now
      ? 'expired'
      : null
  const used = key.last_used_at ? `used ${key.last_used_at}` : 'never used'
  const end = key.expires_at ? `until ${key.expires_at}` : 'no end'
  return [
    key.id,
    `${key.prefix}…`,
    key.owner.email,
    key.permissions.join('+'),
    over ?? end,
    used,
    key.name,
  ].join('  ')
}

async function withIdentity(config: Config, work: (identity: Identity) => Promise<void>): Promise<void> {
  await withDatabase(config, async (database) => {
    await migrate(database)
    try {
      await work(
        makeIdentity(config, { database, ledger: createLedger(database, systemClock), clock: systemClock }),
      )
    } catch (error) {
      throw error instanceof AppError && error.status < 500 ? new CommandError(error.message) : error
    }
  })
}

/** On the command line it would stand in the list of processes and in the shell's history. */
async function choosePassword(fromStdin = false): Promise<{ password: string; made: boolean }> {
  if (!fromStdin) return { password: randomBytes(15).toString('base64url'), made: true }
  return { password: (await text(process.stdin)).replace(/\r?\n$/, ''), made: false }
}

const describe = (issues: readonly { path: PropertyKey[]; message: string }[]) =>
  issues.map(({ path, message }) => [...path, message].join(': ')).join('\n')
