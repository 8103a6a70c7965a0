/**
 * Triage, a router, a human gate, an escalation: the run pauses until somebody approves. Start Countersign
 * (`npm start`), then:
 *
 *   node examples/ticket-escalation/main.ts [http://127.0.0.1:8000]
 *
 * It plays the human too, through the same inbox as everybody else. Ends with code 0 only when every step went as it
 * should. API_KEY is used where the server asks for a credential.
 */
import { runEscalation } from './run-escalation.ts'

const address = process.argv[2] ?? 'http://127.0.0.1:8000'
const headers: Record<string, string> = process.env.API_KEY ? { 'x-api-key': process.env.API_KEY } : {}
const runId = await runEscalation(address, headers)
console.log(`Escalated after a human said yes. The record: ${address}/studio/runs/${runId}`)
