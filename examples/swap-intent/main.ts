/**
 * A sentence becomes a mined swap on the local chain. No key, no network. Start Countersign (`npm start`), then:
 *
 *   node examples/swap-intent/main.ts [http://127.0.0.1:8000]
 *
 * Ends with code 0 only when every step went as it should. API_KEY is used where the server asks for a credential.
 */
import { runSwap } from './run-swap.ts'

const address = process.argv[2] ?? 'http://127.0.0.1:8000'
const headers: Record<string, string> = process.env.API_KEY ? { 'x-api-key': process.env.API_KEY } : {}
const { runId, received } = await runSwap(address, headers)
console.log(
  `50 USDC became ${received} wei of ether, as approved. The plan and what became of it: ${address}/studio/copilot/${runId}`,
)
