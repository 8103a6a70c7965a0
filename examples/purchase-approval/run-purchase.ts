import { strict as assert } from 'node:assert'
import type { Client } from '@modelcontextprotocol/sdk/client/index.js'

type Json = Record<string, unknown>

/** Calls a tool and gives its structured answer; a refusal is thrown with the error's code. */
export async function callTool(client: Client, name: string, args: Json): Promise<Json> {
  const result = await client.callTool({ name, arguments: args })
  const content = result.structuredContent as Json
  if (result.isError)
    throw Object.assign(new Error(JSON.stringify(content)), { code: (content.error as Json).code })
  return content
}

/** What the agent waits for while a human decides. */
export type Human = (decisionId: string) => Promise<void>

/**
 * The whole story of a purchase that needs a human, as an agent lives it over MCP. Every step is asserted.
 *
 * @param requestId names this purchase: the same one again is the same decision.
 */
export async function runPurchase(
  client: Client,
  requestId: string,
  human: Human,
): Promise<{ runId: string; executionId: string }> {
  const context = { request_id: requestId, amount: 500, currency: 'EUR', merchant: 'ACME GmbH' }
  const runId = `run_${requestId}`

  const decision = await callTool(client, 'authorize_action', {
    intent: { action: 'purchase.create' },
    context,
  })
  assert.equal(decision.state, 'requires_approval')
  assert.equal(decision.reason_code, 'AMOUNT_ABOVE_THRESHOLD')
  const decisionId = decision.decision_id as string

  await callTool(client, 'request_approval', {
    decision_id: decisionId,
    run_id: runId,
    requested_by: 'procurement-agent',
    title: 'Buy a laptop',
    details: 'The old one broke; ACME has it in stock',
    risk_level: 'high',
    reason: decision.reason,
  })

  // Before a human has spoken nothing can be executed.
  await assert.rejects(callTool(client, 'mint_execution_token', { decision_id: decisionId }), {
    code: 'EXECUTION_DECISION_NOT_APPROVED',
  })

  await human(decisionId)
  const approval = await callTool(client, 'get_decision', { decision_id: decisionId })
  assert.equal(approval.status, 'approved')

  // Another amount than the one approved is refused; the approved one gets a token.
  await assert.rejects(callTool(client, 'mint_execution_token', { decision_id: decisionId, amount: 5000 }), {
    code: 'EXECUTION_PAYLOAD_MISMATCH',
  })
  const token = await callTool(client, 'mint_execution_token', { decision_id: decisionId })
  assert.equal(token.payload_sha256, approval.payload_sha256)

  const purchase = {
    amount: 500,
    currency: 'EUR',
    merchant: 'ACME GmbH',
    execution_token: token.execution_token,
  }
  const execution = await callTool(client, 'execute_purchase', purchase)
  assert.equal(execution.status, 'executed')

  // Once means once.
  await assert.rejects(callTool(client, 'execute_purchase', purchase), { code: 'EXECUTION_TOKEN_REPLAYED' })

  const journal = await callTool(client, 'get_journal', { run_id: runId })
  const titles = (journal.entries as { title: string }[]).map(({ title }) => title)
  assert.deepEqual(titles, [
    'purchase.create needs approval',
    'Buy a laptop',
    'Approval approved',
    'Execution token minted',
    'purchase.create begins',
    'purchase.create executed',
  ])
  return { runId, executionId: execution.execution_id as string }
}
