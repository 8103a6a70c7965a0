import { type SpawnedProgram, spawnProgram } from './spawn-program.ts'
import { UNLIMITED } from './unlimited.ts'

/** The real server in a process of its own. For tests that kill it. */
export const spawnServer = (
  dataDir: string,
  settings: Record<string, string> = {},
): Promise<SpawnedProgram> =>
  spawnProgram('serve', /Studio +(http:\/\/\S+)\/studio\//, {
    PORT: '0',
    DATA_DIR: dataDir,
    LOG_LEVEL: 'warn',
    ...UNLIMITED,
    ...settings,
  })
