import { readFileSync } from 'node:fs'
import { Pool } from 'undici'
import type { SpawnedProgram } from '../../test/harness/spawn-program.ts'
import { spawnServer } from '../../test/harness/spawn-server.ts'
import { POOL_SIZE } from './answer-goes.ts'
import { INPUT, POLICIES, WORKFLOWS } from './our-workflows.ts'

/** The members of answers that are read here. */
type Answered = {
  id: string
  status: string
  total: number
  data: { id: string }[]
  access_token: string
  key: string
}

/** A program's API key starts runs, a person's session answers their gates. */
export type Credentials = { key: string; session: string }

type Call = (method: string, path: string, credential: string | null, body?: object) => Promise<Answered>

export type OurServer = {
  server: SpawnedProgram
  call: Call
  stop(): Promise<void>
}

/** The real program as it runs in production, in a process of its own, and a client that keeps its connections. */
export async function startOurServer(folder: string, databaseUrl: string): Promise<OurServer> {
  const server = await spawnServer(folder, {
    DATABASE_URL: databaseUrl,
    DATABASE_MAX_CONNECTIONS: String(POOL_SIZE),
    AUTH_SECRET: 'only for the benchmark, which starts and ends it',
    ACCESS_TOKEN_TTL_SECONDS: '3600',
    LOG_LEVEL: 'error',
  })
  const endWithUs = () => server.process.kill()
  process.once('exit', endWithUs)
  const pool = new Pool(server.address, { connections: 64 })
  return {
    server,
    async call(method, path, credential, body) {
      const { statusCode, body: answer } = await pool.request({
        method: method as 'GET',
        path,
        headers: {
          ...(credential && { authorization: `Bearer ${credential}` }),
          ...(body && { 'content-type': 'application/json' }),
        },
        ...(body && { body: JSON.stringify(body) }),
      })
      const text = await answer.text()
      if (statusCode >= 300) throw new Error(`${method} ${path} answered ${statusCode}: ${text}`)
      return JSON.parse(text)
    },
    async stop() {
      await pool.close()
      await server.stop()
      process.off('exit', endWithUs)
    },
  }
}

/** An account with a key, and the policies and workflows of the benchmark. */
export async function prepareServer({ call }: OurServer): Promise<Credentials> {
  const account = { email: 'bench@example.com', password: 'correct horse battery', name: 'Bench' }
  const { access_token: session } = await call('POST', '/api/v1/auth/register', null, account)
  const { key } = await call('POST', '/api/v1/auth/api-keys', session, { name: 'bench' })
  for (const policy of POLICIES) await call('POST', '/api/v1/policies', session, policy)
  for (const workflow of WORKFLOWS) await call('POST', '/workflows', session, workflow)
  return { key, session }
}

/** Answers when the run has ended or waits. */
export const startRun = ({ call }: OurServer, { key }: Credentials, workflow: string) =>
  call('POST', `/workflows/${workflow}/runs`, key, { input: INPUT, mode: 'auto' })

/** Answers when the run has ended or waits again. */
export const approveRun = ({ call }: OurServer, { session }: Credentials, runId: string) =>
  call('PATCH', `/runs/${runId}/resume`, session, { approval_input: { approved: true } })

export function residentMegabytes({ server }: OurServer): number {
  const status = readFileSync(`/proc/${server.process.pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+)/.exec(status)![1]) / 1024
}

/** Processor time of the server so far, which Linux counts in hundredths of a second. */
export function serverCpuMs({ server }: OurServer): number {
  const fields = readFileSync(`/proc/${server.process.pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
  const [user, system] = [Number(fields[11]), Number(fields[12])]
  return (user + system) * 10
}
