import { AppError } from '../../lib/errors.ts'
import { parseNote, parseVerifierKey, verifyNote } from '../../verifier/signed-note.ts'
import type { Kernel } from '../context.ts'

/**
 * Refuses to go on with a log that another key signed: a second server, or a restored database beside new keys, would
 * sign the same log under another name, and every auditor would take that for an attack.
 */
export async function refuseForeignLog({
  database,
  checkpointSigner,
}: Pick<Kernel, 'database' | 'checkpointSigner'>): Promise<void> {
  const [newest] = await database.transactionAs('countersign_sequencer', (session) =>
    session.query<{ tenant_id: string; note: string }>(
      'SELECT tenant_id, note FROM checkpoints ORDER BY signed_at DESC, size DESC LIMIT 1',
    ),
  )
  if (!newest) return
  const own = parseVerifierKey(checkpointSigner.verifierKey(newest.tenant_id))
  if ((await verifyNote(parseNote(newest.note), own)) === 'verified') return
  const [origin] = newest.note.split('\n')
  throw new AppError({
    code: 'FOREIGN_LOG',
    status: 503,
    message: `the log in this database is signed as '${origin}' with another key than this server has; give it the keys folder and the installation file of the data folder that signed it, or COUNTERSIGN_CHECKPOINT_KEY and COUNTERSIGN_INSTALLATION`,
  })
}
