import type { EngineContext } from '../../../engine/runs/engine.ts'
import { newUuid } from '../../../lib/ids.ts'
import { checksumAddress } from '../../../web3/checksum-address.ts'
import { insertCopilotRun } from './copilot-rows.ts'
import type { CreateRunInput } from './schema.ts'

/** Keeps what somebody wants, once for an id. Intent, wallet and chain never change afterwards; nothing is read or planned yet. */
export async function createCopilotRun(
  { engine, principal }: EngineContext,
  input: CreateRunInput,
  runId = newUuid(),
): Promise<string> {
  const { database, clock } = engine.kernel
  await database.transaction(principal.tenantId, (session) =>
    insertCopilotRun(session, principal.tenantId, {
      ...input,
      walletAddress: checksumAddress(input.walletAddress)!,
      runId,
      createdBy: principal.id,
      createdByOwner: principal.ownerId,
      createdAt: new Date(clock.now()),
    }),
  )
  return runId
}
