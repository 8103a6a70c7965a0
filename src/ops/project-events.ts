import type { Kernel } from '../kernel/context.ts'
import type { EventKind } from '../kernel/ledger/event-kinds.ts'
import { type LedgerEvent, openCanon } from '../kernel/ledger/seal-event.ts'
import { sequenceEvents } from '../kernel/ledger/sequence-events.ts'
import type { Session } from '../store/database.ts'

/** An event with its place in the tenant's tree: the order in which projections take events in. */
export type LeafedEvent<Kind extends EventKind = EventKind> = Extract<LedgerEvent, { kind: Kind }> & {
  leaf: number
}

/** A view of the log that is kept in tables of its own. */
export type Projection<Kind extends EventKind = EventKind> = {
  name: string
  /** The kinds that change it: others are not read. */
  kinds: readonly EventKind[]
  /** Writes what these events change, inside the transaction that moves the projection's place in the log. */
  takeIn(session: Session, tenantId: string, events: LeafedEvent<Kind>[]): Promise<void>
}

/** One of whatever kinds: it is given those that it asked for. */
type AnyProjection = Projection<never>

type Source = Pick<Kernel, 'database'>

const BATCH = 1_000
/** Events may be large; at least one is read. */
const BATCH_BYTES = 4_000_000

/**
 * Takes in every event that has a leaf and was not taken in yet. Rows and place commit together and the place is
 * locked meanwhile, so each event counts once, whichever processes are at it. Projections that stand at the same place
 * share what is read.
 *
 * @returns how many events were taken in, over all projections.
 */
export async function projectEvents(
  { database }: Source,
  tenantId: string,
  projections: AnyProjection[],
): Promise<number> {
  const behind = await database.transaction(tenantId, (session) => readBehind(session, tenantId, projections))
  let taken = 0
  const failures: unknown[] = []
  const advance = async (group: AnyProjection[]): Promise<void> => {
    try {
      for (let batch = 1; batch > 0; taken += batch) {
        batch = await database.transaction(tenantId, (session) => takeBatch(session, tenantId, group))
      }
    } catch (error) {
      if (group.length === 1) failures.push(error)
      // The others are no worse for one that fails.
      else for (const projection of group) await advance([projection])
    }
  }
  for (const group of behind) await advance(group)
  if (failures.length > 0) throw failures[0]
  return taken
}

/** The projections that have something to take in, together where they stand at the same place. */
async function readBehind(
  session: Session,
  tenantId: string,
  projections: AnyProjection[],
): Promise<AnyProjection[][]> {
  const places = await session.query<{ name: string; leaf: number; size: number }>(
    `SELECT wanted.name, coalesce(p.leaf, 0) AS leaf, h.size FROM merkle_heads h CROSS JOIN unnest($2::text[]) wanted(name)
     LEFT JOIN projections p ON p.tenant_id = $1 AND p.name = wanted.name WHERE h.tenant_id = $1`,
    [tenantId, projections.map(({ name }) => name)],
    'read_projections',
  )
  const behind = places.filter(({ leaf, size }) => leaf < size)
  const groups = Map.groupBy(behind, ({ leaf }) => leaf).values()
  return [...groups].map((group) => {
    const names = new Set(group.map(({ name }) => name))
    return projections.filter(({ name }) => names.has(name))
  })
}

/** One batch for all of a group. Another process may have moved one of them meanwhile, and then they share no place. */
async function takeBatch(session: Session, tenantId: string, group: AnyProjection[]): Promise<number> {
  const names = group.map(({ name }) => name)
  const places = await lockPlaces(session, tenantId, names)
  if (places.some((leaf) => leaf !== places[0])) throw new Error('projections moved apart; they go on alone')
  const rows = await readLeaves(session, tenantId, places[0]!, [
    ...new Set(group.flatMap(({ kinds }) => kinds)),
  ])
  if (rows.length === 0) return 0
  const events = rows.flatMap(({ leaf, canon, prev_hash: prev, hash }) =>
    canon && prev && hash ? [{ ...openCanon(canon, prev, hash), leaf }] : [],
  )
  for (const { kinds, takeIn } of group) {
    const wanted = events.filter(({ kind }) => kinds.includes(kind))
    if (wanted.length > 0) await takeIn(session, tenantId, wanted as never[])
  }
  await session.query('UPDATE projections SET leaf = $3 WHERE tenant_id = $1 AND name = ANY ($2)', [
    tenantId,
    names,
    places[0]! + rows.length,
  ])
  return rows.length * group.length
}

/** Where they stand, which stays so until the transaction ends. Always locked in the same order. */
async function lockPlaces(session: Session, tenantId: string, names: string[]): Promise<number[]> {
  await session.query(
    `INSERT INTO projections (tenant_id, name, leaf) SELECT $1, name, 0 FROM unnest($2::text[]) name ORDER BY name
     ON CONFLICT DO NOTHING`,
    [tenantId, names],
  )
  const places = await session.query<{ leaf: number }>(
    'SELECT leaf FROM projections WHERE tenant_id = $1 AND name = ANY ($2) ORDER BY name FOR UPDATE',
    [tenantId, names],
  )
  return places.map(({ leaf }) => leaf)
}

/** A leaf, with its event where that is of a kind that is wanted. */
type Row = { leaf: number; canon: Buffer | null; prev_hash: Buffer | null; hash: Buffer | null }

async function readLeaves(
  session: Session,
  tenantId: string,
  from: number,
  kinds: EventKind[],
): Promise<Row[]> {
  return session.query<Row>(
    // OFFSET and LIMIT make the planner use the indexes even where it has no statistics (PGlite never has).
    `SELECT leaf, canon, prev_hash, hash FROM (
       SELECT l.leaf, e.canon, e.prev_hash, e.hash,
         sum(octet_length(e.canon)) OVER (ORDER BY l.leaf ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
       FROM (SELECT leaf, run_id, seq FROM merkle_leaves WHERE tenant_id = $1 AND leaf >= $2 ORDER BY leaf LIMIT $3) l
       LEFT JOIN LATERAL (SELECT canon, prev_hash, hash FROM events x
         WHERE x.tenant_id = $1 AND x.run_id = l.run_id AND x.seq = l.seq AND x.kind = ANY ($4) OFFSET 0) e ON true
     ) r WHERE before IS NULL OR before < $5 ORDER BY leaf`,
    [tenantId, from, BATCH, kinds, BATCH_BYTES],
    'read_leaves',
  )
}

/**
 * Before a read: what was written until now is in the tree, then in the projections. Where nothing is new it costs two
 * look-ups. Without a tenant it is done for all of them.
 */
export async function catchUp(
  kernel: Kernel,
  tenantId: string | null,
  projections: AnyProjection[],
): Promise<void> {
  await sequenceEvents(kernel)
  if (tenantId === null) await projectAllTenants(kernel, projections)
  else await projectEvents(kernel, tenantId, projections)
}

/** Takes in what every tenant's tree has more than the projections. One tenant that fails keeps no other from it. */
export async function projectAllTenants(
  kernel: Pick<Kernel, 'database' | 'log'>,
  projections: AnyProjection[],
): Promise<void> {
  const tenants = await kernel.database.statement<{ tenant_id: string }>(
    'SELECT tenant_id FROM find_tenants_behind($1)',
    [projections.map(({ name }) => name)],
  )
  for (const { tenant_id: tenantId } of tenants) {
    await projectEvents(kernel, tenantId, projections).catch((error) =>
      kernel.log.warn(
        { error: (error as Error).message },
        'events could not be projected; it is tried again',
      ),
    )
  }
}
