import { AppError } from '../../lib/errors.ts'
import type { Session } from '../../store/database.ts'
import { buildBundleLines, type ExportedEvent, listRunHeads } from '../../verifier/build-bundle.ts'
import {
  assembleProof,
  consistencyProofNodes,
  createNodeReader,
  inclusionProofNodes,
  type ProofPlan,
  storedRowsOf,
} from '../../verifier/proof-plan.ts'
import type { BundleLine, BundleScope } from '../../verifier/schema.ts'
import { parseNote } from '../../verifier/signed-note.ts'
import { formatStatementText } from '../../verifier/statement.ts'
import { passkeyRunOf } from '../audit/audit-run.ts'
import type { Context } from '../context.ts'
import { type LedgerEvent, openCanon } from './seal-event.ts'
import { sequenceEvents } from './sequence-events.ts'

/** A bundle of one run that can be verified offline; null when the run has no events. */
export async function exportRun(
  context: Context,
  runId: string,
  since: number | null,
): Promise<BundleLine[] | null> {
  const bundle = await exportRuns(context, { run_id: runId }, [runId], since)
  return bundle?.lines ?? null
}

/**
 * A bundle of every run that holds events of a decision, with those events, and of the runs that say whose the passkeys
 * are that signed its approval.
 */
export async function exportDecision(
  context: Context,
  decisionId: string,
  since: number | null,
): Promise<{ lines: BundleLine[]; events: LedgerEvent[] } | null> {
  const { database, principal } = context
  const runIds = await database.transaction(principal.tenantId, async (session) => {
    const runs = await session.query<{ run_id: string }>(
      'SELECT DISTINCT run_id FROM events WHERE tenant_id = $1 AND decision_id = $2 ORDER BY run_id',
      [principal.tenantId, decisionId],
    )
    const passkeys = await findPasskeys(session, principal.tenantId, decisionId)
    return [...runs.map(({ run_id }) => run_id), ...passkeys.map(passkeyRunOf)]
  })
  return exportRuns(context, { decision_id: decisionId }, runIds, since)
}

/** The passkeys that signed the answers to a decision. */
async function findPasskeys(session: Session, tenantId: string, decisionId: string): Promise<string[]> {
  const rows = await session.query<{ canon: Buffer; prev_hash: Buffer; hash: Buffer }>(
    `SELECT canon, prev_hash, hash FROM events
     WHERE tenant_id = $1 AND decision_id = $2 AND kind IN ('approval_vote_cast', 'approval_resolved')`,
    [tenantId, decisionId],
  )
  const ids = rows.flatMap((row) => {
    const event = openCanon(row.canon, row.prev_hash, row.hash)
    if (event.kind !== 'approval_vote_cast' && event.kind !== 'approval_resolved') return []
    const proof = event.payload.fresh_authentication
    return proof?.method === 'passkey' ? [proof.credential_id] : []
  })
  return [...new Set(ids)]
}

type EventRow = { run_id: string; seq: number; canon: Buffer; prev_hash: Buffer; hash: Buffer; leaf: number }

async function exportRuns(context: Context, scope: BundleScope, runIds: string[], since: number | null) {
  const { database, principal, checkpointSigner, clock } = context
  const { tenantId } = principal
  // So that what was just written is covered by a signature.
  await sequenceEvents(context)
  const found = await database.transaction(tenantId, async (session) => {
    const [checkpoint] = await session.query<{ note: string; size: number }>(
      'SELECT note, size FROM checkpoints WHERE tenant_id = $1 ORDER BY size DESC LIMIT 1',
      [tenantId],
    )
    if (!checkpoint) return null
    refuseFutureSize(since, checkpoint.size)
    const rows = await session.query<EventRow>(
      `SELECT e.run_id, e.seq, e.canon, e.prev_hash, e.hash, l.leaf FROM events e
       JOIN merkle_leaves l ON l.tenant_id = e.tenant_id AND l.run_id = e.run_id AND l.seq = e.seq
       WHERE e.tenant_id = $1 AND e.run_id = ANY ($2) AND l.leaf < $3 ORDER BY e.run_id, e.seq`,
      [tenantId, runIds, checkpoint.size],
    )
    if (rows.length === 0) return null
    const inclusion = rows.map((row) => inclusionProofNodes(row.leaf, checkpoint.size))
    const consistency = since === null || since === 0 ? null : consistencyProofNodes(since, checkpoint.size)
    const getNode = await readNodes(session, tenantId, consistency ? [...inclusion, consistency] : inclusion)
    const opened = rows.map((row) => openCanon(row.canon, row.prev_hash, row.hash))
    return {
      checkpoint,
      opened,
      policySets: await readPolicySets(session, tenantId, opened),
      consistency: consistency && { fromSize: since!, proof: assembleProof(consistency, getNode) },
      events: rows.map(
        (row, index): ExportedEvent => ({
          runId: row.run_id,
          seq: row.seq,
          hash: row.hash,
          leaf: row.leaf,
          proof: assembleProof(inclusion[index]!, getNode),
          canon: opened[index]!.canon,
        }),
      ),
    }
  })
  if (!found) return null
  const { checkpoint, events, policySets, consistency, opened } = found
  const statement = formatStatementText({
    tenant: tenantId,
    checkpointText: parseNote(checkpoint.note).text,
    runs: listRunHeads(events),
  })
  const lines = buildBundleLines({
    tenant: tenantId,
    scope,
    exportedAt: new Date(clock.now()).toISOString(),
    events,
    policySets,
    checkpointNote: checkpoint.note,
    ...(consistency && { consistency: [consistency] }),
    keys: [{ vkey: checkpointSigner.verifierKey(tenantId) }],
    statementNote: await checkpointSigner.sign(tenantId, statement),
  })
  return { lines, events: opened }
}

/** Reads each stored hash that the proofs need, once, in few stretches. */
async function readNodes(session: Session, tenantId: string, plans: ProofPlan[]) {
  const hashes = new Map<string, Buffer>()
  for (const { level, from, count } of storedRowsOf(plans)) {
    const rows =
      level === 0
        ? await session.query<{ index: number; hash: Buffer }>(
            'SELECT leaf AS index, hash FROM merkle_leaves WHERE tenant_id = $1 AND leaf >= $2 AND leaf < $3',
            [tenantId, from, from + count],
          )
        : await session.query<{ index: number; hash: Buffer }>(
            'SELECT index, hash FROM merkle_nodes WHERE tenant_id = $1 AND level = $4 AND index >= $2 AND index < $3',
            [tenantId, from, from + count, level],
          )
    for (const row of rows) hashes.set(`${level}/${row.index}`, row.hash)
  }
  return createNodeReader((level, index) => hashes.get(`${level}/${index}`)!)
}

async function readPolicySets(
  session: Session,
  tenantId: string,
  events: LedgerEvent[],
): Promise<unknown[][]> {
  const versions = new Set<string>()
  for (const event of events) {
    if (event.kind === 'decision_recorded' || event.kind === 'execution_token_minted')
      versions.add(event.payload.policy_sha256)
  }
  const rows = await session.query<{ policies: unknown[] }>(
    'SELECT policies FROM policy_sets WHERE tenant_id = $1 AND policy_sha256 = ANY ($2) ORDER BY policy_sha256',
    [tenantId, [...versions]],
  )
  return rows.map(({ policies }) => policies)
}

function refuseFutureSize(since: number | null, size: number): void {
  if (since === null || since <= size) return
  const message = `expected the size of an earlier checkpoint, got ${since}; the newest has ${size} events`
  throw new AppError({
    code: 'REQUEST_VALIDATION_ERROR',
    status: 422,
    message: 'Request failed validation',
    details: [{ path: 'since', message, type: 'value_error', code: 'REQUEST_VALIDATION_ERROR' }],
  })
}
