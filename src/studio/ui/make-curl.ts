import { quoteForShell } from './shell-quote.ts'

type Call = {
  path: string
  needsKey: boolean
  /** What people do and keys must not: the command reads the access token of a session instead. */
  needsSession?: boolean
  body?: object
  /** Said where it does not follow from there being a body or none. */
  method?: string
}

/** The same call from a shell. Keys are not known here: the command reads one from the environment. */
export function makeCurl({ path, needsKey, needsSession = false, body, method }: Call): string {
  const verb = method === undefined ? '' : `-X ${method} `
  const lines = [`curl -s ${verb}${quoteForShell(location.origin + path)}`]
  if (needsSession) lines.push('-H "authorization: Bearer $SESSION"')
  else if (needsKey) lines.push('-H "X-API-Key: $COUNTERSIGN_API_KEY"')
  if (body !== undefined) {
    lines.push("-H 'content-type: application/json'")
    lines.push(`-d ${quoteForShell(layOut(body))}`)
  }
  return lines.join(' \\\n  ')
}

/** On one line while it fits: the command is read before it is run. */
function layOut(body: object): string {
  const line = JSON.stringify(body)
  if (line.length <= 70) return line
  const members = Object.entries(body).map(([name, value]) => `    "${name}": ${JSON.stringify(value)}`)
  return `{\n${members.join(',\n')}\n  }`
}
