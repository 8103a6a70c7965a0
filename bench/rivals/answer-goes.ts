/**
 * The side of a contender: a process of its own that is told over IPC what to do, by how many callers and for how long,
 * and answers with figures. All contenders share this code, so what is measured and how is the same for all.
 */

/** Connections to PostgreSQL that each contender may hold. */
export const POOL_SIZE = 20

/** Does one piece of work whole and checks how it came out; answers how many milliseconds of it count. */
export type Work = () => Promise<number>

export type Contender = {
  /** What is on disk, and when, in one sentence. */
  durable: string
  works: Record<string, Work>
  /** Processor time so far, where it is not this process that does the work. Milliseconds. */
  cpuMs?(): number
  close(): Promise<void>
}

export type Order = { work: string; callers: number; ms: number }
/** `cpuMs` is what the contender's process took of the processors for one run; PostgreSQL's part is not in it. */
export type Go = { count: number; perSecond: number; p50: number; p95: number; cpuMs: number }
export type Answer = { type: 'ready'; durable: string; works: string[] } | { type: 'went'; go: Go }

/** Opens the contender on the database that the command line names, and does as it is told until it is told to stop. */
export async function answerGoes(open: (databaseUrl: string) => Promise<Contender>): Promise<void> {
  const contender = await open(process.argv[2]!)
  process.on('message', async (order: Order | 'stop') => {
    if (order !== 'stop') return answer({ type: 'went', go: await measure(contender, order) })
    await contender.close()
    process.exit()
  })
  // Nobody is left to answer to.
  process.on('disconnect', () => process.exit(1))
  const { durable, works } = contender
  answer({ type: 'ready', durable, works: Object.keys(works) })
}

const answer = (message: Answer) => process.send!(message)

async function measure(contender: Contender, { work, callers, ms }: Order): Promise<Go> {
  const once = contender.works[work]!
  const cpuMs = contender.cpuMs ?? ownCpuMs
  const took: number[] = []
  const cpuBefore = cpuMs()
  const started = performance.now()
  const end = started + ms
  await Promise.all(
    Array.from({ length: callers }, async () => {
      while (performance.now() < end) took.push(await once())
    }),
  )
  const seconds = (performance.now() - started) / 1000
  const cpu = cpuMs() - cpuBefore
  took.sort((a, b) => a - b)
  const quantile = (part: number) => took[Math.min(took.length - 1, Math.floor(took.length * part))]!
  return {
    count: took.length,
    perSecond: took.length / seconds,
    p50: quantile(0.5),
    p95: quantile(0.95),
    cpuMs: cpu / took.length,
  }
}

function ownCpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** How long something takes, in milliseconds. */
export async function time(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now()
  await work()
  return performance.now() - started
}

/** A contender that does not do the work must not look quick. */
export function expectEqual(what: string, found: unknown, expected: unknown): void {
  if (found !== expected) {
    throw new Error(`${what}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(found)}`)
  }
}
