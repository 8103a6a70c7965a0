import { AppError } from '../../../lib/errors.ts'
import { newUuid } from '../../../lib/ids.ts'
import { checksumAddress } from '../../../web3/checksum-address.ts'
import type { CopilotContext } from '../copilot.ts'
import { whyNoWallet } from '../why-no-wallet.ts'
import { insertCopilotRun } from './copilot-rows.ts'
import type { CreateRunInput } from './schema.ts'

/**
 * Keeps what somebody wants, once for an id. Intent, wallet and chain never change afterwards; nothing is read or planned yet.
 *
 * @throws AppError 422 for an address that cannot be anybody's wallet.
 */
export async function createCopilotRun(
  { engine, principal, copilot: { chains } }: CopilotContext,
  input: CreateRunInput,
  runId = newUuid(),
): Promise<string> {
  const walletAddress = checksumAddress(input.walletAddress)!
  const isKnown = chains.supported().includes(input.chainId)
  const why = whyNoWallet(walletAddress, isKnown ? chains.registryOf(input.chainId) : null)
  if (why) throw badWallet(why)
  const { database, clock } = engine.kernel
  await database.transaction(principal.tenantId, (session) =>
    insertCopilotRun(session, principal.tenantId, {
      ...input,
      walletAddress,
      runId,
      createdBy: principal.id,
      createdByOwner: principal.ownerId,
      createdAt: new Date(clock.now()),
    }),
  )
  return runId
}

const badWallet = (message: string) =>
  new AppError({
    code: 'REQUEST_VALIDATION_ERROR',
    status: 422,
    message: 'Request failed validation',
    details: [{ path: 'walletAddress', message, type: 'value_error', code: 'REQUEST_VALIDATION_ERROR' }],
  })
