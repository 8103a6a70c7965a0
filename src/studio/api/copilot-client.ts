import type { z } from 'zod'
import type {
  CopilotRun,
  CopilotToolCall,
  ExecuteAnswer,
  SubmittedInput,
} from '../../apps/copilot/runs/schema.ts'
import type { BatchProof, ReachableChains, WalletAllowances } from '../../web3/schema.ts'
import { pathOf, requestJson } from './request.ts'

/** Chains and the runs of the copilot: one entry per capability. */

type Signal = { signal?: AbortSignal }
type Moved = { ok: boolean; runId: string; status: CopilotRun['status'] }
export type ExecutedPlan = z.infer<typeof ExecuteAnswer>
export type Chain = ReachableChains['chains'][number]

/** Planning and simulating may take a while where the chain is far away. */
const RUN_LIMIT_MS = 60_000

export function readChains({ signal }: Signal = {}): Promise<ReachableChains> {
  return requestJson('/v1/config/web3', { signal })
}

/** Whether what a wallet makes in one transaction can be proved on a chain. */
export function readBatchProof(chainId: number, { signal }: Signal = {}): Promise<BatchProof> {
  return requestJson('/v1/config/batches', { signal, query: { chainId } })
}

/** What somebody may take of a wallet's tokens, as it is on chain now. */
export function readAllowances(
  wallet: string,
  query: { chainId: number; spender: string },
  { signal }: Signal = {},
): Promise<z.infer<typeof WalletAllowances>> {
  return requestJson(pathOf`/v1/wallets/${wallet}/allowances`, { signal, query })
}

export function createCopilotRun(body: {
  intent: string
  walletAddress: string
  chainId: number
  conversationId: string | null
}): Promise<{ runId: string }> {
  return requestJson('/v1/runs', { method: 'POST', body })
}

export async function readCopilotRun(runId: string, { signal }: Signal = {}): Promise<CopilotRun> {
  const { run } = await requestJson<{ run: CopilotRun }>(pathOf`/v1/runs/${runId}/details`, { signal })
  return run
}

/** Where a run stands, without what its steps left. */
export async function readCopilotStatus(
  runId: string,
  { signal }: Signal = {},
): Promise<CopilotRun['status']> {
  const { run } = await requestJson<{ run: CopilotRun }>(pathOf`/v1/runs/${runId}`, { signal })
  return run.status
}

export function readToolCalls(runId: string, { signal }: Signal = {}): Promise<CopilotToolCall[]> {
  return requestJson(pathOf`/v1/runs/${runId}/tool-calls`, { signal })
}

export function startCopilotRun(runId: string): Promise<Moved> {
  return requestJson(pathOf`/v1/runs/${runId}/start`, { method: 'POST', body: {}, limitMs: RUN_LIMIT_MS })
}

/** Answers the question that was shown, and no other that may stand by now. */
export function provideInput(
  runId: string,
  answers: Record<string, string>,
  questionId: string | null,
): Promise<Moved> {
  return requestJson(pathOf`/v1/runs/${runId}/provide_input`, {
    method: 'POST',
    body: { answers, question_id: questionId },
    limitMs: RUN_LIMIT_MS,
  })
}

export function approveCopilotRun(
  runId: string,
  body: { reviewer: string; notes: string | null; plan_hash: string },
): Promise<Moved> {
  return requestJson(pathOf`/v1/runs/${runId}/approve`, { method: 'POST', body, limitMs: RUN_LIMIT_MS })
}

export function rejectCopilotRun(runId: string, body: { reviewer: string; reason: string }): Promise<Moved> {
  return requestJson(pathOf`/v1/runs/${runId}/reject`, { method: 'POST', body, limitMs: RUN_LIMIT_MS })
}

/** The approved transactions, for a wallet to sign. Nothing is sent by asking for them. */
export function executeCopilotRun(runId: string): Promise<ExecutedPlan> {
  return requestJson(pathOf`/v1/runs/${runId}/execute`, { method: 'POST', body: {}, limitMs: RUN_LIMIT_MS })
}

export function reportTransaction(runId: string, body: z.input<typeof SubmittedInput>): Promise<Moved> {
  return requestJson(pathOf`/v1/runs/${runId}/tx_submitted`, { method: 'POST', body })
}

/** Says that a wallet has sent nothing of what it was handed: the run ends by that word. */
export function declareNotSent(runId: string, body: { reviewer: string | null }): Promise<Moved> {
  return requestJson(pathOf`/v1/runs/${runId}/not_sent`, { method: 'POST', body, limitMs: RUN_LIMIT_MS })
}

/** Has the server ask the chain what became of the reported hashes. */
export function pollTransactions(runId: string): Promise<Moved> {
  return requestJson(pathOf`/v1/runs/${runId}/poll_tx`, { method: 'POST', body: {}, limitMs: RUN_LIMIT_MS })
}
