import { z } from 'zod'
import { shownRunId, storedRunId } from '../engine/demo/demo-run.ts'
import { resolveAndContinue } from '../engine/demo/resolve-and-continue.ts'
import { authorizePurchase } from '../engine/purchase/authorize-purchase.ts'
import { bindPurchase } from '../engine/purchase/bind-purchase.ts'
import type { PurchaseConnector } from '../engine/purchase/connector.ts'
import { executePurchase } from '../engine/purchase/execute-purchase.ts'
import { registerApproval } from '../engine/purchase/register-approval.ts'
import {
  AuthorizeActionInput,
  ExecutePurchaseInput,
  MintInput,
  PURCHASE_ACTION,
} from '../engine/purchase/schema.ts'
import { AUTHORIZE_ACTION_VOCABULARY, EXECUTION_VOCABULARY } from '../engine/purchase/vocabulary.ts'
import { readApproval } from '../kernel/approvals/read-approval.ts'
import { ApprovalRequest, ApprovalResolution } from '../kernel/approvals/schema.ts'
import { APPROVAL_VOCABULARY } from '../kernel/approvals/vocabulary.ts'
import type { Context } from '../kernel/context.ts'
import { projectJournal } from '../kernel/ledger/project-journal.ts'
import { readEventsByTime } from '../kernel/ledger/read-run.ts'
import { readRunStatus } from '../kernel/ledger/read-status.ts'
import { renderReceipt } from '../kernel/ledger/render-receipt.ts'
import { Identifier } from '../kernel/ledger/schema.ts'
import { mintToken } from '../kernel/tokens/mint-token.ts'
import type { ValidationVocabulary } from '../lib/validation.ts'

export type ToolContext = {
  context: Context
  purchaseConnector: PurchaseConnector
  /** Whether approvals may be resolved over MCP. Off unless a human's own client connects: a model must not approve itself. */
  resolvesApprovals: boolean
}

/** A tool of the MCP server: what it takes, in whose words it names faults, and the function it calls. */
export type Tool<S extends z.ZodType = z.ZodType> = {
  name: string
  title: string
  description: string
  input: S
  vocabulary: ValidationVocabulary
  readOnly: boolean
  run(tool: ToolContext, input: z.output<S>): Promise<Record<string, unknown>>
}

const defineTool = <S extends z.ZodType>(tool: Tool<S>): Tool => tool as unknown as Tool

const REQUEST: ValidationVocabulary = {
  code: 'REQUEST_VALIDATION_ERROR',
  message: 'Tool arguments failed validation',
  detailCode: () => 'REQUEST_VALIDATION_ERROR',
}

/** The tools that this caller is offered. */
export function listTools({ resolvesApprovals }: ToolContext): Tool[] {
  return TOOLS.filter(({ name }) => resolvesApprovals || name !== 'resolve_approval')
}

/** The tools by which an agent asks, waits, acts once and reads what happened. */
const TOOLS: Tool[] = [
  defineTool({
    name: 'authorize_action',
    title: 'Authorize an action',
    description:
      'Ask before acting. Answers allow (mint a token and execute), requires_approval (call request_approval and wait for a human) or deny (stop).',
    input: AuthorizeActionInput,
    vocabulary: AUTHORIZE_ACTION_VOCABULARY,
    readOnly: false,
    run: ({ context }, input) => authorizePurchase(context, input),
  }),
  defineTool({
    name: 'request_approval',
    title: 'Request an approval',
    description:
      'Put a decision that requires approval before a human. Poll get_decision until it is approved or rejected.',
    input: ApprovalRequest,
    vocabulary: APPROVAL_VOCABULARY,
    readOnly: false,
    async run({ context }, input) {
      const registered = await registerApproval(context, input)
      return {
        status: 'registered',
        decision_id: registered.decisionId,
        event_id: registered.eventId,
        run_id: registered.runId,
        approval_status: 'pending',
        payload_sha256: registered.payloadSha256,
        required_approvals: registered.requiredApprovals,
        expires_at: registered.expiresAt,
      }
    },
  }),
  defineTool({
    name: 'get_decision',
    title: 'Read a decision',
    description:
      'Where the approval of a decision stands: pending, approved, rejected or expired, and its execution.',
    input: z.strictObject({ decision_id: Identifier }),
    vocabulary: REQUEST,
    readOnly: true,
    async run({ context }, { decision_id }) {
      const { status, traced, row, effect } = await readApproval(context, decision_id)
      const answer = traced.resolution && renderReceipt(traced.resolution, traced.resolution).approval
      return {
        decision_id,
        run_id: shownRunId(traced.request.runId),
        status,
        requested_at: traced.gate.requested_at,
        resolved_at: answer?.resolved_at ?? null,
        resolved_by: answer?.resolved_by ?? null,
        reason: answer ? answer.reason : traced.gate.reason,
        payload_sha256: row?.payload_sha256 ?? null,
        expires_at: row?.expires_at?.toISOString() ?? null,
        execution: effect && { execution_id: effect.effect_id, status: effect.status },
      }
    },
  }),
  defineTool({
    name: 'resolve_approval',
    title: 'Resolve an approval',
    description:
      'For a human’s own client: approve or reject a pending decision. Policy may demand a signed-in person.',
    input: ApprovalResolution.extend({ decision_id: Identifier }),
    vocabulary: APPROVAL_VOCABULARY,
    readOnly: false,
    async run({ context }, { decision_id: decisionId, ...resolution }) {
      const { resolution: resolved, runStatus } = await resolveAndContinue(
        context,
        { decisionId },
        resolution,
      )
      return {
        status: resolved.resolved ? 'resolved' : 'vote_recorded',
        decision_id: decisionId,
        event_id: resolved.event.eventId,
        run_id: shownRunId(resolved.runId),
        decision: resolution.decision,
        run_status: runStatus,
        votes: resolved.votes,
        required_approvals: resolved.requiredApprovals,
      }
    },
  }),
  defineTool({
    name: 'mint_execution_token',
    title: 'Mint an execution token',
    description: 'A token that is good for one execution of exactly what was authorized, for a few minutes.',
    input: MintInput.extend({ decision_id: Identifier }),
    vocabulary: EXECUTION_VOCABULARY,
    readOnly: false,
    async run({ context }, { decision_id, ...sent }) {
      const minted = await mintToken(context, decision_id, (authorized) => bindPurchase(authorized, sent))
      return {
        decision_id,
        action: minted.action,
        execution_token: minted.token,
        expires_at: minted.expiresAt,
        payload_sha256: minted.payloadSha256,
      }
    },
  }),
  defineTool({
    name: 'execute_purchase',
    title: 'Execute a purchase',
    description:
      'Makes the purchase that a token binds, once. In doubt means it may have happened: never just try again.',
    input: ExecutePurchaseInput.extend({ execution_token: z.string().min(1) }),
    vocabulary: EXECUTION_VOCABULARY,
    readOnly: false,
    async run({ context, purchaseConnector }, { execution_token, ...sent }) {
      const effect = await executePurchase(context, purchaseConnector, `Bearer ${execution_token}`, sent)
      return {
        status: effect.status === 'completed' ? 'executed' : effect.status,
        action: PURCHASE_ACTION,
        decision_id: effect.decision_id,
        execution_id: effect.effect_id,
        executed_at: effect.finished_at?.toISOString() ?? null,
        run_id: effect.run_id,
        result: effect.result,
      }
    },
  }),
  defineTool({
    name: 'get_journal',
    title: 'Read a journal',
    description: 'What happened in a run, in order of time, in words.',
    input: z.strictObject({ run_id: Identifier }),
    vocabulary: REQUEST,
    readOnly: true,
    async run({ context }, { run_id }) {
      const stored = await storedRunId(context, run_id)
      await readRunStatus(context, stored)
      const events = await readEventsByTime(context.database, context.principal.tenantId, stored)
      const entries = projectJournal(run_id, events)
      return { run_id, entry_count: entries.length, entries }
    },
  }),
]
