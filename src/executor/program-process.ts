import { readFileSync, writeSync } from 'node:fs'
import { startQuickJs } from '../lib/quickjs.ts'
import { EXIT_CODES } from './program-endings.ts'
import { runProgram } from './run-program.ts'

/**
 * The process in which one program runs: the request stands on its input, what the program prints goes out as it is
 * printed, and its exit code says how it ended.
 */
export type ProgramRequest = { code: string; timeLimitMs: number; memoryLimitBytes: number }

const request: ProgramRequest = JSON.parse(readFileSync(0, 'utf8'))
const { quickjs, isFull } = await startQuickJs(request.memoryLimitBytes)
// Whoever is left without its parent belongs to another one: the executor was killed, and nobody will end this.
const parent = process.ppid
const ending = runProgram(
  quickjs,
  request,
  isFull,
  () => process.ppid !== parent,
  (stream, text) => writeWhole(stream, Buffer.from(text)),
)
process.exit(EXIT_CODES[ending])

function writeWhole(stream: number, bytes: Buffer): void {
  for (let written = 0; written < bytes.length; ) {
    written += writeSync(stream === 2 ? 2 : 1, bytes, written)
  }
}
