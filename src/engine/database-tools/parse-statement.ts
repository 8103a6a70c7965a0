import { parseWithComments, type Statement } from 'pgsql-ast-parser'
import { refuseSql } from './refuse-sql.ts'

const MAX_LENGTH = 4_000

/** Reads SQL of a caller: one statement, no comments. */
export function parseStatement(sql: string): Statement {
  if (sql.length > MAX_LENGTH)
    refuseSql(`SQL may have ${MAX_LENGTH} characters; ${sql.length} came: make it simpler`)
  refuseGluedNumbers(sql)
  const { ast, comments } = parse(sql)
  if (comments.length > 0) refuseSql('SQL comes without comments: leave out everything after -- and in /* */')
  const [statement] = ast
  if (ast.length !== 1 || !statement)
    return refuseSql(`one statement is run at a time; ${ast.length} came: send them one by one`)
  return statement
}

function parse(sql: string): ReturnType<typeof parseWithComments> {
  try {
    return parseWithComments(sql)
  } catch (error) {
    const place = /line (\d+) col (\d+)/.exec((error as Error).message)
    return refuseSql(
      `the SQL could not be read${place ? ` at line ${place[1]}, column ${place[2]}` : ''}: it takes one plain statement`,
    )
  }
}

/** The parser would read `1e3` as 1 with the name e3: a different number than was meant. */
function refuseGluedNumbers(sql: string): void {
  const outside = sql.replaceAll(/'(?:[^'\\]|\\.|'')*'|"[^"]*"/g, "''")
  const glued = /(?<![\w.$])\d+(?:\.\d+)?[A-Za-z_]\w*/.exec(outside)
  if (glued) refuseSql(`"${glued[0]}" is no number: write it out in digits`)
}
