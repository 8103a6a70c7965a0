import { randomUUID } from 'node:crypto'
import { openEmbedded } from '../../test/harness/make-data-folder.ts'
import { createLedger } from '../kernel/ledger/ledger.ts'
import { createIdentity, type Identity } from './context.ts'
import { createPasswordHashing } from './password-hashing.ts'
import { registerUser } from './register-user.ts'
import { type Resolved, resolvePrincipal } from './resolve-principal.ts'
import type { SessionAnswer } from './schema.ts'

export const PASSWORD = 'correct horse battery staple'

/** A clock that stands until it is moved. */
type FakeClock = { now(): number; advance(seconds: number): void }

export type TestIdentity = { identity: Identity; clock: FakeClock; close(): Promise<void> }

/** An empty installation on a fresh embedded database. Close it when done. */
export async function openTestIdentity(): Promise<TestIdentity> {
  const database = await openEmbedded('migrated')
  let now = Date.parse('2026-03-01T12:00:00Z')
  const clock: FakeClock = {
    now: () => now,
    advance: (seconds) => {
      now += seconds * 1000
    },
  }
  const settings = {
    authSecret: new TextEncoder().encode('0123456789abcdef0123456789abcdef'),
    issuer: 'countersign-test',
    loglinePepper: 'a pepper for tests',
  }
  // Room for races: how long the line may be is a test of its own.
  const identity = createIdentity(
    { database, ledger: createLedger(database, clock), clock },
    settings,
    createPasswordHashing({ running: 4, waiting: 64 }),
  )
  return { identity, clock, close: () => database.close() }
}

export type SignedIn = Resolved & { answer: SessionAnswer; email: string }

/** Registers somebody new and resolves their access token. */
export async function signUp(identity: Identity): Promise<SignedIn> {
  const email = `${randomUUID()}@example.com`
  const answer = await registerUser(identity, { email, password: PASSWORD, name: 'Ana' })
  return { ...(await resolveBearer(identity, answer.access_token)), answer, email }
}

export async function resolveBearer(identity: Identity, token: string): Promise<Resolved> {
  const resolved = await resolvePrincipal(identity, { authorization: `Bearer ${token}` })
  return resolved!
}

/** The column of every row, past row-level security: what somebody with the disk would see. */
export function readColumn(identity: Identity, table: string, column: string): Promise<unknown[]> {
  return identity.database.asOwner(async (session) => {
    const rows = await session.query(`SELECT ${column} AS value FROM ${table}`)
    return rows.map(({ value }) => value)
  })
}
