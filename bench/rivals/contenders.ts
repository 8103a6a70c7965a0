import { type ChildProcess, fork } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Answer, Go, Order } from './answer-goes.ts'

export type Entrant = {
  name: string
  /** The program, beside this file. */
  program: string
  /** What it needs of what `bench/package.json` names, the first being what it is known by; none for ourselves. */
  packages: string[]
}

export const ENTRANTS: Entrant[] = [
  { name: 'Countersign', program: 'ours.ts', packages: [] },
  { name: 'Countersign over HTTP', program: 'ours-over-http.ts', packages: [] },
  { name: 'DBOS', program: 'dbos.mjs', packages: ['@dbos-inc/dbos-sdk'] },
  {
    name: 'LangGraph.js',
    program: 'langgraph.mjs',
    packages: ['@langchain/langgraph', '@langchain/langgraph-checkpoint-postgres', '@langchain/core'],
  },
  { name: 'Mastra', program: 'mastra.mjs', packages: ['@mastra/core', '@mastra/pg'] },
]

const manifestOf = (name: string) =>
  fileURLToPath(new URL(`../node_modules/${name}/package.json`, import.meta.url))

export const isInstalled = ({ packages }: Entrant) => packages.every((name) => existsSync(manifestOf(name)))

/** Packages with the versions that are really there. */
export const versionsOf = ({ packages }: Entrant) =>
  packages.map((name) => `${name} ${JSON.parse(readFileSync(manifestOf(name), 'utf8')).version}`)

export type Contender = {
  entrant: Entrant
  durable: string
  works: string[]
  isAlive(): boolean
  go(order: Order): Promise<Go>
  stop(): Promise<void>
}

/** Starts a contender in a process of its own. What it says on standard error is told when it fails. */
export async function startContender(entrant: Entrant, databaseUrl: string): Promise<Contender> {
  const child = fork(fileURLToPath(new URL(entrant.program, import.meta.url)), [databaseUrl], {
    env: { PATH: process.env.PATH, MASTRA_TELEMETRY_DISABLED: '1', LANGSMITH_TRACING: 'false' },
    execArgv: [],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  const receive = receiver(entrant.name, child)
  const ready = await receive()
  if (ready.type !== 'ready') throw new Error(`${entrant.name} went before it was ready`)
  return {
    entrant,
    durable: ready.durable,
    works: ready.works,
    isAlive: () => child.connected,
    async go(order) {
      if (!child.connected) throw new Error(`${entrant.name} has ended`)
      child.send(order)
      const answer = await receive()
      if (answer.type !== 'went') throw new Error(`${entrant.name} did not say how it went`)
      return answer.go
    },
    async stop() {
      if (!child.connected) return
      child.send('stop')
      await receive().catch((error) => {
        if (child.exitCode !== 0) throw error
      })
    },
  }
}

/** The next message of a child; rejects when the child ends instead. */
function receiver(name: string, child: ChildProcess): () => Promise<Answer> {
  let said = ''
  child.stderr!.on('data', (chunk) => {
    said = `${said}${chunk}`.slice(-4000)
  })
  const ended = new Promise<never>((_, reject) =>
    child.once('close', (code) => reject(new Error(`${name} ended with code ${code}\n${said}`))),
  )
  ended.catch(() => {})
  return () =>
    Promise.race([new Promise<Answer>((resolve) => child.once('message', resolve as never)), ended])
}
