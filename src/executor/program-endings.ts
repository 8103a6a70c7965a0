/** How a program ended: by itself, by what it threw or could not do, or by a limit. */
export type ProgramEnding = 'done' | 'failed' | 'time' | 'memory'

/**
 * With what the process of a program exits. None is a code that Node ends with by itself, so that a process which broke down
 * is never taken for a program that ended.
 */
export const EXIT_CODES: Record<ProgramEnding, number> = { done: 80, failed: 81, time: 82, memory: 83 }
