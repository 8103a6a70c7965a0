import { type Findings, recordCheck, recordFault } from './findings.ts'
import {
  BundleLine,
  type CheckpointLine,
  type ConsistencyLine,
  type EventLine,
  type KeyLine,
  type ManifestLine,
  type PolicySetLine,
  type StatementLine,
} from './schema.ts'

/** A line of the bundle with its number, counted from 1. */
type Numbered<L> = { line: number; value: L }

export type Bundle = {
  manifest: Numbered<ManifestLine>
  events: Numbered<EventLine>[]
  policySets: Numbered<PolicySetLine>[]
  checkpoint: Numbered<CheckpointLine>
  consistency: Numbered<ConsistencyLine>[]
  keys: Numbered<KeyLine>[]
  statement: Numbered<StatementLine>
}

const LINE_ORDER: BundleLine['type'][] = [
  'manifest',
  'event',
  'policy_set',
  'checkpoint',
  'consistency',
  'key',
  'statement',
]
const ONLY_ONCE = new Set<BundleLine['type']>(['manifest', 'checkpoint', 'statement'])

/** Takes a bundle apart, or records the first line that does not fit. Nothing in it is believed yet. */
export function readBundle(ndjson: string, findings: Findings): Bundle | undefined {
  const lines: Numbered<BundleLine>[] = []
  let previous: BundleLine['type'] | undefined
  for (const { line, text } of splitLines(ndjson)) {
    const value = readLine(text)
    if (typeof value === 'string') {
      refuseLine(findings, line, 'one JSON object of a known type', value)
      return undefined
    }
    if (!mayFollow(previous, value.type)) {
      refuseLine(findings, line, describeNext(previous), `a line of type '${value.type}'`)
      return undefined
    }
    previous = value.type
    lines.push({ line, value })
  }
  const manifest = linesOf(lines, 'manifest')[0]
  const checkpoint = linesOf(lines, 'checkpoint')[0]
  const statement = linesOf(lines, 'statement')[0]
  if (manifest === undefined || checkpoint === undefined || statement === undefined) {
    const missing =
      manifest === undefined ? 'manifest' : checkpoint === undefined ? 'checkpoint' : 'statement'
    refuseLine(findings, lines.length + 1, `a line of type '${missing}'`, 'the end of the bundle')
    return undefined
  }
  recordCheck(findings, 'lines', `${lines.length} lines`)
  return {
    manifest,
    events: linesOf(lines, 'event'),
    policySets: linesOf(lines, 'policy_set'),
    checkpoint,
    consistency: linesOf(lines, 'consistency'),
    keys: linesOf(lines, 'key'),
    statement,
  }
}

function* splitLines(ndjson: string): Generator<{ line: number; text: string }> {
  let line = 0
  let begin = 0
  while (begin < ndjson.length) {
    const newline = ndjson.indexOf('\n', begin)
    const end = newline < 0 ? ndjson.length : newline
    line += 1
    yield { line, text: ndjson.slice(begin, end) }
    begin = end + 1
  }
}

/** The line, or what is wrong with it. */
function readLine(text: string): BundleLine | string {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    return `no JSON: ${(error as Error).message}`
  }
  const parsed = BundleLine.safeParse(json)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  return `${issue?.path.join('.') || 'the line'}: ${issue?.message}`
}

function mayFollow(previous: BundleLine['type'] | undefined, next: BundleLine['type']): boolean {
  if (previous === undefined) return next === 'manifest'
  if (previous === next) return !ONLY_ONCE.has(next)
  return LINE_ORDER.indexOf(next) > LINE_ORDER.indexOf(previous)
}

function describeNext(previous: BundleLine['type'] | undefined): string {
  const possible = LINE_ORDER.filter((type) => mayFollow(previous, type))
  return possible.length > 0 ? `a line of type ${possible.join(', ')}` : 'the end of the bundle'
}

function linesOf<T extends BundleLine['type']>(
  lines: Numbered<BundleLine>[],
  type: T,
): Numbered<Extract<BundleLine, { type: T }>>[] {
  return lines.filter(
    (entry): entry is Numbered<Extract<BundleLine, { type: T }>> => entry.value.type === type,
  )
}

function refuseLine(findings: Findings, line: number, expected: string, actual: string): void {
  const message = `line ${line} does not fit: expected ${expected}, got ${actual}`
  recordFault(findings, 'lines', { line }, { expected, actual, message })
}
