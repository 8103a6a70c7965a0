import type { Hash, PublicClient } from 'viem'
import type { CopilotContext } from '../copilot.ts'
import type { Proposal } from '../runs/approved-plan.ts'
import { updateTransaction } from '../runs/copilot-rows.ts'
import type { CopilotState } from '../runs/read-copilot-run.ts'
import type { SubmittedTransaction } from '../runs/schema.ts'
import type { TxRequest } from '../schema.ts'
import { batchOf, plannedBy } from './find-place.ts'
import { readBatch } from './read-batch.ts'
import type { Reading } from './read-mined.ts'
import { readTransaction } from './read-transaction.ts'

/** What one transaction carries together, in the order in which the wallet made it; most carry one request. */
export type Together = [SubmittedTransaction, ...SubmittedTransaction[]]

export const groupsOf = (transactions: SubmittedTransaction[]): Together[] =>
  transactions.flatMap((sent): Together[] => {
    if (!sent.batch) return [[sent]]
    const together = batchOf(transactions, sent.hash)
    return together[0] === sent ? [together as Together] : []
  })

export const requestOf = (
  { tx_requests: requests }: Proposal,
  { txRequestId }: SubmittedTransaction,
): TxRequest => requests.find((request) => request.txRequestId === txRequestId)!

/** How each of what one transaction carries stands. What is known stays where the chain could not be asked, with why. */
export async function readTogether(
  { copilot, engine }: CopilotContext,
  client: PublicClient,
  state: CopilotState,
  plan: Proposal,
  together: Together,
): Promise<Reading[]> {
  const [{ hash, batch, submitted_at: submittedAt, detail }] = together
  const planned = { hash: hash as Hash, ...plannedBy(state, plan) }
  const options = {
    confirmations: copilot.confirmationsOf(planned.chainId),
    submittedAt: Date.parse(submittedAt),
    now: engine.kernel.clock.now(),
  }
  const requests = together.map((sent) => requestOf(plan, sent))
  const details = together.map((sent) => sent.detail)
  if (batch && batch.size !== together.length) return together.map(() => TORN)
  try {
    const readings = batch
      ? await readBatch(client, { requests, ...planned }, details, options)
      : [await readTransaction(client, { request: requests[0]!, ...planned }, detail, options)]
    return readings.map((reading, index) => withRecipient(reading, requests[index]!))
  } catch (error) {
    const reason = `the chain could not be asked: ${copilot.chains.explain(planned.chainId, error).message}`
    return together.map((sent) => ({ state: sent.state, detail: { ...sent.detail, reason } }))
  }
}

/** A part proves nothing of what a transaction did, and may be paid. */
const TORN: Reading = {
  state: 'DROPPED',
  detail: { reason: 'another hash was reported for a part of what it carries', searched: true },
}

/** Whom the wallet has paid is known from here on. */
function withRecipient(reading: Reading, { meta: { kind, recipient } }: TxRequest): Reading {
  if (kind !== 'TRANSFER' || !recipient) return reading
  return { ...reading, detail: { ...reading.detail, recipient } }
}

/** Whether a reading says more than was known: on the record stands what was asked for it. */
export const isNews = (sent: SubmittedTransaction, { state, detail, hash }: Reading): boolean =>
  state !== sent.state || hash !== undefined || detail.proved_in !== sent.detail.proved_in

/** Keeps all readings of one transaction, or none. A transaction that another run has already is none of this one's. */
export async function keepReadings(
  { engine, principal }: CopilotContext,
  runId: string,
  together: Together,
  readings: Reading[],
): Promise<void> {
  const { database, clock } = engine.kernel
  const write = (changes: Reading[]) =>
    database.transaction(principal.tenantId, async (session) => {
      for (const [index, sent] of together.entries()) {
        const { hash: newHash, ...change } = changes[index]!
        const at = new Date(clock.now())
        await updateTransaction(session, principal.tenantId, runId, sent, { ...change, newHash, at })
      }
    })
  try {
    await write(readings)
  } catch (error) {
    if ((error as { code?: string }).code !== UNIQUE_VIOLATION) throw error
    await write(together.map(() => ELSEWHERE))
  }
}

/** What was cancelled and does not end the run is looked through again, by the watcher no sooner than a minute after this look. */
export async function keepCancelled(
  { engine, principal }: CopilotContext,
  { row, transactions }: CopilotState,
): Promise<void> {
  const { database, clock } = engine.kernel
  const cancelled = transactions.filter(({ state }) => state === 'CANCELLED')
  if (cancelled.length === 0) return
  await database.transaction(principal.tenantId, async (session) => {
    for (const sent of cancelled) {
      const { state, detail } = sent
      const change = { state, detail, at: new Date(clock.now()) }
      await updateTransaction(session, principal.tenantId, row.run_id, sent, change)
    }
  })
}

const ELSEWHERE: Reading = {
  state: 'MISMATCH',
  detail: { reason: 'this transaction stands for another run already' },
}

const UNIQUE_VIOLATION = '23505'
