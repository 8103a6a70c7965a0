import { readFileSync, writeSync } from 'node:fs'
import { startQuickJs } from '../lib/quickjs.ts'
import { type ProgramEnding, type ProgramRequest, runProgram } from './run-program.ts'

/**
 * The process in which one program runs: the request stands on its input, what the program prints goes out as it is
 * printed, and its exit code says how it ended. The codes are none that Node ends with by itself, so that a process which
 * broke down is never taken for a program that ended.
 */
export const EXIT_CODES: Record<ProgramEnding, number> = { done: 80, failed: 81, time: 82, memory: 83 }

if (import.meta.main) {
  const request: ProgramRequest = JSON.parse(readFileSync(0, 'utf8'))
  const { quickjs, isFull } = await startQuickJs(request.memoryLimitBytes)
  const ending = runProgram(quickjs, request, isFull, (stream, text) => writeWhole(stream, Buffer.from(text)))
  process.exit(EXIT_CODES[ending])
}

function writeWhole(stream: number, bytes: Buffer): void {
  for (let written = 0; written < bytes.length; ) {
    written += writeSync(stream === 2 ? 2 : 1, bytes, written)
  }
}
