import { payloadHash } from '../../lib/hash.ts'
import type { Session } from '../../store/database.ts'
import type { LeafedEvent, Projection } from '../project-events.ts'
import { type AuditTold, TOLD_KINDS, type ToldKind, tellAudit } from './tell-audit.ts'

type Entry = AuditTold & { event: LeafedEvent<ToldKind> }

/** The audit log as rows: whatever events of the ledger tell of somebody who did something. */
export const auditProjection: Projection<ToldKind> = {
  name: 'audit',
  kinds: TOLD_KINDS,
  async takeIn(session, tenantId, events) {
    const entries = events.flatMap((event) => {
      const told = tellAudit(event)
      return told ? [{ ...told, event }] : []
    })
    if (entries.length === 0) return
    await nameActors(session, tenantId, entries)
    const owners = await readOwners(session, tenantId, entries)
    const rows = entries.map(({ event, ...told }) => ({
      leaf: event.leaf,
      id: event.eventId,
      run_id: event.runId,
      seq: event.seq,
      actor: told.actor,
      user_id: userOf(told.owner ?? owners.get(told.actor) ?? told.actor),
      action: told.action,
      resource_type: cut(told.resourceType),
      resource_id: told.resourceId && cut(told.resourceId),
      changes: told.changes,
      ip_address: told.ipAddress,
      user_agent: told.userAgent,
      created_at: event.recordedAt,
    }))
    await session.query(
      `INSERT INTO audit_logs (tenant_id, leaf, id, run_id, seq, actor, user_id, action, resource_type, resource_id, changes,
         ip_address, user_agent, created_at)
       SELECT $1, r.* FROM json_to_recordset($2) r(leaf bigint, id text, run_id text, seq bigint, actor text, user_id text,
         action text, resource_type text, resource_id text, changes json, ip_address text, user_agent text, created_at timestamptz)`,
      [tenantId, JSON.stringify(rows, storable)],
    )
  },
}

/** What the engine does in a run, it does for whoever started or moved it last. */
async function nameActors(session: Session, tenantId: string, entries: Entry[]): Promise<void> {
  const ofEngine = entries.filter(({ event, actor }) => event.kind === 'tool_call' && !isPrincipal(actor))
  if (ofEngine.length === 0) return
  const rows = await session.query<{ run_id: string; user_id: string }>(
    'SELECT run_id, user_id FROM runs WHERE tenant_id = $1 AND run_id = ANY ($2)',
    [tenantId, [...new Set(ofEngine.map(({ event }) => event.runId))]],
  )
  const users = new Map(rows.map((row) => [row.run_id, row.user_id]))
  for (const entry of ofEngine) entry.actor = users.get(entry.event.runId) ?? entry.actor
}

const isPrincipal = (actor: string) => /^(?:user|key):/.test(actor)

/** The people whose keys did it. */
async function readOwners(
  session: Session,
  tenantId: string,
  entries: Entry[],
): Promise<Map<string, string>> {
  const keys = entries.flatMap(({ owner, actor }) =>
    owner === null && actor.startsWith('key:') ? [actor.slice('key:'.length)] : [],
  )
  if (keys.length === 0) return new Map()
  const rows = await session.query<{ id: string; user_id: string }>(
    'SELECT id::text, user_id::text FROM api_keys WHERE tenant_id = $1 AND id::text = ANY ($2)',
    [tenantId, [...new Set(keys)]],
  )
  return new Map(rows.map(({ id, user_id }) => [`key:${id}`, `user:${user_id}`]))
}

/** An index entry has a largest size, and callers name resources as they like; the event keeps the whole name. */
const cut = (name: string) =>
  name.length <= MAX_NAME ? name : `${name.slice(0, MAX_NAME)}… (sha256 ${payloadHash(name)})`
const MAX_NAME = 256

/** The id of the user row, where a person stands behind it. */
const userOf = (owner: string) => (owner.startsWith('user:') ? owner.slice('user:'.length) : null)

/** What the database cannot hold must not keep every later event from being taken in. */
const storable = (_member: string, value: unknown) =>
  typeof value === 'string' ? value.replaceAll('\0', '\ufffd').toWellFormed() : value
