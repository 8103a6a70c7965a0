import type { PendingApproval } from '../../http/schema.ts'
import type { ApiError } from '../api/api-error.ts'
import { text } from '../text.ts'
import { DataText } from '../ui/data-text.tsx'
import { Fill } from '../ui/fill.tsx'
import { RelativeTime } from '../ui/relative-time.tsx'
import type { STATUS_LOOK } from './run-status.tsx'
import type { TimelineItem } from './timeline-item.ts'

type RunSentenceProps = {
  state: keyof typeof STATUS_LOOK
  newestAt: string | null
  waiting: PendingApproval | null
  waitsSince: string | null
  failure: ApiError | null
  items: TimelineItem[]
}

/** Where the run stands, in words: what it waits for, or how it ended. */
export function RunSentence({ state, newestAt, waiting, waitsSince, failure, items }: RunSentenceProps) {
  const says = text.runSays
  if (state === 'inconsistent') {
    const why = failure?.details[0]?.message ?? failure?.message ?? ''
    return <Fill sentence={says.inconsistent} why={<DataText value={why} plain />} />
  }
  const since = state === 'paused' ? (waitsSince ?? newestAt) : newestAt
  const form = state === 'paused' || state === 'inDoubt' ? 'age' : 'ago'
  const time = since === null ? text.common.unknownTime : <RelativeTime iso={since} form={form} />
  if (state === 'paused' && waiting && waiting.required_approvals > 1) {
    const missing = waiting.required_approvals - waiting.votes.length
    const votes = text.missingVotes(missing, waiting.required_approvals)
    return <Fill sentence={says.pausedVotes} votes={votes} time={time} />
  }
  const wasRejected = items.some(({ approval }) => approval.status === 'rejected')
  const sentence = state === 'stopped' && !wasRejected ? says.stoppedPlain : says[state]
  return <Fill sentence={sentence} time={time} />
}
