import { ToolError } from '../tools/tool-handler.ts'
import { TABLE_NAMES } from './catalogue.ts'

/** SQL that is not run, in words for whoever wrote it. */
export function refuseSql(message: string): never {
  throw new ToolError('sql_refused', message)
}

export const listTables = () => TABLE_NAMES.join(', ')
