/**
 * An agent buys a laptop over MCP, and a human approves it over HTTP in between. Start Countersign (`npm start`), then:
 *
 *   node examples/purchase-approval/main.ts [http://127.0.0.1:8000]
 *
 * Ends with code 0 only when every step went as it should. API_KEY is used where the server asks for a credential.
 */
import { strict as assert } from 'node:assert'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { runPurchase } from './run-purchase.ts'

const address = process.argv[2] ?? 'http://127.0.0.1:8000'
const headers: Record<string, string> = process.env.API_KEY ? { 'x-api-key': process.env.API_KEY } : {}

const client = new Client({ name: 'procurement-agent', version: '1.0.0' })
await client.connect(
  new StreamableHTTPClientTransport(new URL(`${address}/mcp`), { requestInit: { headers } }) as never,
)

const { runId, executionId } = await runPurchase(client, `laptop-${Date.now()}`, async (decisionId) => {
  const response = await fetch(`${address}/v1/approvals/decisions/${decisionId}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ decision: 'approved', approver_id: 'jane', reason: 'we need it' }),
  })
  assert.equal(response.status, 200, await response.text())
})
await client.close()
console.log(`Bought once, as approved: ${executionId}. The record: ${address}/studio/runs/${runId}`)
