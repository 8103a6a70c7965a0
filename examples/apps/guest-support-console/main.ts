/**
 * An app from its manifest: imported, its actions run, its scopes missed when they are taken away. Start Countersign
 * (`npm start`), then:
 *
 *   node examples/apps/guest-support-console/main.ts [http://127.0.0.1:8000]
 *
 * Ends with code 0 only when every step went as it should. ACCESS_TOKEN of a person who may build (role developer or
 * admin) is used where the server asks for a credential.
 */
import { runConsole } from './run-console.ts'

const address = process.argv[2] ?? 'http://127.0.0.1:8000'
const token = process.env.ACCESS_TOKEN
const headers: Record<string, string> = token ? { authorization: `Bearer ${token}` } : {}
const appId = await runConsole(address, headers)
console.log(`The app works. Open it: ${address}/studio/apps/${appId}`)
