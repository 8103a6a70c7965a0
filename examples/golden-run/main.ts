/**
 * The smallest whole run: fetch open tickets, let an agent triage them. No key, no network. Start Countersign
 * (`npm start`), then:
 *
 *   node examples/golden-run/main.ts [http://127.0.0.1:8000]
 *
 * Ends with code 0 only when every step went as it should. API_KEY is used where the server asks for a credential.
 */
import { runGolden } from './run-golden.ts'

const address = process.argv[2] ?? 'http://127.0.0.1:8000'
const headers: Record<string, string> = process.env.API_KEY ? { 'x-api-key': process.env.API_KEY } : {}
const run = await runGolden(address, headers)
console.log(`${run.result.summary}. The record: ${address}/studio/runs/${run.id}`)
