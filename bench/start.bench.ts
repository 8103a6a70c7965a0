/** How long a start takes and how much memory it holds, on an empty folder and again. `node bench/start.bench.ts` */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { spawnServer } from '../test/harness/spawn-server.ts'
import { median, printTable, rounded } from './measure.ts'

const rows: Record<string, string>[] = []
const cold: number[] = []
const warm: number[] = []
const memory: Record<string, number[]> = { cold: [], warm: [] }
for (let go = 0; go < 5; go++) {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-start-'))
  for (const [kind, times] of [
    ['cold', cold],
    ['warm', warm],
  ] as const) {
    const started = performance.now()
    const server = await spawnServer(folder)
    times.push(performance.now() - started)
    const rss = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.process.pid}/status`, 'utf8'))?.[1]
    memory[kind]!.push(Number(rss) / 1024)
    await server.stop()
  }
  rmSync(folder, { recursive: true, force: true })
}
rows.push(
  { start: 'empty folder', 'ready after ms': rounded(median(cold)), 'RSS MB': rounded(median(memory.cold!)) },
  {
    start: 'existing folder',
    'ready after ms': rounded(median(warm)),
    'RSS MB': rounded(median(memory.warm!)),
  },
)
printTable('Start of the server with the embedded database (medians of 5)', rows)
