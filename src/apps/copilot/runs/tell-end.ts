import type { LedgerEvent } from '../../../kernel/ledger/seal-event.ts'
import { NOT_BEFORE_APPROVAL } from '../policy/finalize.ts'
import type { Artifacts, TimelineEntry } from '../schema.ts'
import type { CopilotSummary } from './read-summary.ts'
import type { CopilotStatus } from './schema.ts'
import { stepsToldBy, type ToldStep } from './told-steps.ts'

type Standing = Pick<CopilotSummary, 'status' | 'failure'> & {
  events: LedgerEvent[]
  /** What the mined transactions came to, in words. */
  summary: string | null
  nextStep: string | null
}

/** The artifacts of a plan that was ready: once it was answered they say what became of it, and no longer ask for an answer. */
export function tellEnd(artifacts: Artifacts, standing: Standing): Artifacts {
  const since = standing.events.flatMap(entriesOf)
  const timeline = [...(artifacts.timeline ?? []), ...since]
  const title = TITLES[standing.status]
  if (artifacts.final_status_suggested !== 'READY' || title === undefined) return { ...artifacts, timeline }
  const { consensus_summary: consensus } = artifacts
  return {
    ...artifacts,
    timeline,
    assistant_message: messageOf(artifacts.assistant_message ?? '', since, standing),
    finalize_summary: title,
    ...(consensus && { consensus_summary: { ...consensus, title, recommended_next_ui: 'explain' } }),
  }
}

const TITLES: Partial<Record<CopilotStatus, string>> = {
  APPROVED_READY: 'Approved',
  SUBMITTED: 'Sent',
  CONFIRMED: 'Done',
  REVERTED: 'Undone by the chain',
  REJECTED: 'Not done',
  FAILED: 'Not done',
}

function messageOf(
  asked: string,
  since: TimelineEntry[],
  { status, failure, summary, nextStep }: Standing,
): string {
  const then = (end: string) => asked.replace(NOT_BEFORE_APPROVAL, end)
  switch (status) {
    case 'APPROVED_READY':
      return then('It is approved. Nothing is sent before you sign it in your wallet.')
    case 'SUBMITTED':
      return then('Your wallet has sent it. It counts once the chain has confirmed all of it.')
    case 'CONFIRMED':
      return `Done. ${summary ?? 'All of it is mined as it was approved.'}`
    default: {
      const { code = '', message = '' } = failure ?? {}
      const no = code === 'APPROVAL_REJECTED' && since.findLast(({ step }) => step === 'HUMAN_APPROVAL')
      const why = no ? [no.title, no.summary].filter(Boolean).join(': ') : message || 'This has ended'
      const sent = UNSENT.has(code) ? ['Nothing was sent.'] : []
      return [/[.!?]$/.test(why) ? why : `${why}.`, ...sent, ...(nextStep ? [nextStep] : [])].join(' ')
    }
  }
}

/** Nothing was handed out before. */
const UNSENT: ReadonlySet<string> = new Set(['APPROVAL_REJECTED', 'RUN_CANCELLED'])

function entriesOf(event: LedgerEvent): TimelineEntry[] {
  if (event.kind === 'run_cancelled') {
    const { by, reason } = event.payload
    return [{ step: 'RUN_CANCELLED', status: 'DONE', title: `Cancelled by ${by}`, summary: reason ?? '' }]
  }
  return stepsToldBy(event).flatMap((told) => {
    const said = sayStep(told)
    return said ? [{ step: told.step_name, status: told.status, ...said }] : []
  })
}

type Said = Pick<TimelineEntry, 'title' | 'summary'>

/** Null for the coming of somebody, which their answer tells too. */
function sayStep({ step_name: step, status, input, output, error }: ToldStep): Said | null {
  const told = { ...Object(input), ...Object(output) } as Partial<Record<string, string>> & {
    tx_request_ids?: string[]
    votes?: number
    required_approvals?: number
  }
  const ids = told.tx_request_ids?.join(', ') ?? told.tx_request_id ?? ''
  switch (step) {
    case 'HUMAN_APPROVAL': {
      if (status === 'STARTED') return null
      const isYes = told.action === 'APPROVE'
      const of = told.votes === undefined ? '' : ` (${told.votes} of ${told.required_approvals})`
      const title = `${isYes ? 'Approved' : 'Rejected'} by ${told.reviewer}${of}`
      return { title, summary: (isYes ? told.notes : told.reason) ?? '' }
    }
    case 'EXECUTE_PREP':
      return error === null
        ? { title: 'Handed out to the wallet', summary: ids }
        : { title: 'No longer does what was approved', summary: error }
    case 'TX_SUBMITTED':
      return { title: 'Sent by the wallet', summary: `${ids}: ${told.hash}` }
    default:
      return { title: ENDS[step] ?? step, summary: told.summary ?? told.reason ?? '' }
  }
}

const ENDS: Partial<Record<string, string>> = {
  TX_CONFIRMED: 'Confirmed by the chain',
  TX_REVERTED: 'Undone by the chain',
  TX_CANCELLED: 'Cancelled by the wallet',
  TX_NOT_SENT: 'Ended by somebody’s word',
}
