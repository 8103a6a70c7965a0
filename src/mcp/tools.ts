import { z } from 'zod'
import { storedRunId } from '../engine/demo/demo-run.ts'
import { resolveAndContinue } from '../engine/demo/resolve-and-continue.ts'
import { presentApproval, presentRegistered, presentResolved } from '../engine/present-approval.ts'
import { presentExecuted, presentMinted } from '../engine/present-execution.ts'
import { authorizePurchase } from '../engine/purchase/authorize-purchase.ts'
import { bindPurchase } from '../engine/purchase/bind-purchase.ts'
import type { PurchaseConnector } from '../engine/purchase/connector.ts'
import { executePurchase } from '../engine/purchase/execute-purchase.ts'
import { registerApproval } from '../engine/purchase/register-approval.ts'
import { AuthorizeActionInput, ExecutePurchaseInput, MintInput } from '../engine/purchase/schema.ts'
import { AUTHORIZE_ACTION_VOCABULARY, EXECUTION_VOCABULARY } from '../engine/purchase/vocabulary.ts'
import { readApproval } from '../kernel/approvals/read-approval.ts'
import { ApprovalRequest, ApprovalResolution } from '../kernel/approvals/schema.ts'
import { APPROVAL_VOCABULARY } from '../kernel/approvals/vocabulary.ts'
import type { Context } from '../kernel/context.ts'
import { presentJournal } from '../kernel/ledger/project-journal.ts'
import { readEventsByTime } from '../kernel/ledger/read-run.ts'
import { readRunStatus } from '../kernel/ledger/read-status.ts'
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
    run: async ({ context }, input) => presentRegistered(await registerApproval(context, input)),
  }),
  defineTool({
    name: 'get_decision',
    title: 'Read a decision',
    description:
      'Where the approval of a decision stands: pending, approved, rejected or expired, and its execution.',
    input: z.strictObject({ decision_id: Identifier }),
    vocabulary: REQUEST,
    readOnly: true,
    run: async ({ context }, { decision_id }) => presentApproval(await readApproval(context, decision_id)),
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
      const continued = await resolveAndContinue(context, { decisionId }, resolution)
      return presentResolved(continued, resolution.decision, decisionId)
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
      return presentMinted(
        await mintToken(context, decision_id, (authorized) => bindPurchase(authorized, sent)),
      )
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
      return presentExecuted(
        await executePurchase(context, purchaseConnector, `Bearer ${execution_token}`, sent),
      )
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
      return presentJournal(run_id, events)
    },
  }),
]
