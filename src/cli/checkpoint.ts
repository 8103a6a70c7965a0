import type { Config } from '../config.ts'
import { readCheckpoint } from '../kernel/ledger/read-checkpoint.ts'
import { askServerOrFolder } from './ask-server-or-folder.ts'
import { CommandError } from './command-error.ts'

/** Prints the newest checkpoint of the installation's own tenant. */
export async function printCheckpoint(config: Config): Promise<void> {
  const note = await askServerOrFolder(config, { method: 'GET', path: '/v1/checkpoint' }, readCheckpoint)
  if (note === null) throw new CommandError('there is no event yet, so there is no checkpoint')
  process.stdout.write(note)
}
