import type { Json } from '../../lib/canonical-json.ts'
import { countOf, quoteText, quoteValue } from './quote-value.ts'

/** What is taken from a step; rows and API answers both fit. */
export type SummarizedStep = {
  id: string
  node_id: string
  type: string
  status: string
  input: Json
  output: Json
  started_at: string | null
  finished_at: string | null
}

export type SummaryOptions = {
  /** Characters (UTF-16 units) the whole summary may have; at least 200. */
  maxLength?: number
}

const DEFAULT_LENGTH = 2_000
const SHORTEST_LENGTH = 200
/** How much of one text is shown, tried from generous to terse until the whole fits. */
const TEXT_LENGTHS = [240, 120, 60, 24]

/**
 * Tells in plain English what a run was given and what its steps did, for a prompt or a person. The same steps give the
 * same words. Values are quoted; when the whole is too long, texts are cut first, then the earliest steps are left out,
 * and it says what is missing.
 */
export function summarizeSteps(
  input: Json,
  steps: readonly SummarizedStep[],
  { maxLength = DEFAULT_LENGTH }: SummaryOptions = {},
): string {
  const limit = Math.max(maxLength, SHORTEST_LENGTH)
  for (const longest of TEXT_LENGTHS) {
    const summary = tell(input, steps, longest, 0)
    if (summary.length <= limit) return summary
  }
  const terse = TEXT_LENGTHS.at(-1)!
  for (let omitted = 1; omitted <= steps.length; omitted++) {
    const summary = tell(input, steps, terse, omitted)
    if (summary.length <= limit) return summary
  }
  return `${countOf(steps.length, 'step')} so far. Left out, for want of room: the input and every step.`
}

function tell(input: Json, steps: readonly SummarizedStep[], longest: number, omitted: number): string {
  const given = quoteValue(input, longest)
  const told = steps.slice(omitted).map((step, index) => tellStep(step, omitted + index + 1, longest))
  const cut = given.cut + told.reduce((sum, step) => sum + step.cut, 0)
  return [
    `The run was given ${given.text}.`,
    steps.length === 0 ? 'No step has run yet.' : `${countOf(steps.length, 'step')} so far.`,
    ...(omitted > 0 ? [`Left out, for want of room: the first ${countOf(omitted, 'step')}.`] : []),
    ...told.map(({ text }) => text),
    ...(cut > 0 ? [`Shortened above: ${countOf(cut, 'value')}, where … stands or only a count.`] : []),
  ].join('\n')
}

function tellStep(step: SummarizedStep, place: number, longest: number): { text: string; cut: number } {
  const name = quoteText(step.node_id, 80)
  const did = `${place}. Step ${name.text} (${sayWord(step.type)}) ${saidStatus(step.status)}`
  if (step.output === null) return { text: `${did}.`, cut: name.cut }
  const output = quoteValue(step.output, longest)
  return { text: `${did} and gave ${output.text}.`, cut: name.cut + output.cut }
}

const STATUS_WORDS: Record<string, string> = {
  pending: 'has not begun',
  running: 'is running',
  paused: 'is waiting',
  completed: 'completed',
  failed: 'failed',
  skipped: 'was skipped',
  cancelled: 'was cancelled',
}

function saidStatus(status: string): string {
  return Object.hasOwn(STATUS_WORDS, status)
    ? STATUS_WORDS[status]!
    : `has status ${quoteText(status, 40).text}`
}

/** A type is a word of ours; anything else is quoted like data. */
function sayWord(type: string): string {
  return /^[a-z_]{1,40}$/.test(type) ? type.replaceAll('_', ' ') : quoteText(type, 40).text
}
