import { fileURLToPath } from 'node:url'

/**
 * What Node is given to run the program. Programs of tests live for seconds, in which optimizing the embedded database
 * costs three times what it saves.
 */
export const RUN_MAIN = ['--liftoff-only', fileURLToPath(new URL('../../src/main.ts', import.meta.url))]
