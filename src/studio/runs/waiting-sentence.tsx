import { Link } from '@tanstack/react-router'
import type { Run } from '../../engine/runs/schema.ts'
import type { PendingApproval } from '../../http/schema.ts'
import { SaidPayload } from '../inbox/said-payload.tsx'
import { useDescribed } from '../inbox/use-told-plan.ts'
import { text } from '../text.ts'
import { DataText } from '../ui/data-text.tsx'
import { Fill } from '../ui/fill.tsx'
import { formatAbsolute } from '../ui/format-time.ts'
import { RelativeTime } from '../ui/relative-time.tsx'

/** What a run asks for when a call was begun and its result never came. */
export const IN_DOUBT = 'tool_call_in_doubt'

type WaitingSentenceProps = {
  run: Run
  /** The approval it waits for, if that is what it waits for and it is still open. */
  approval: PendingApproval | undefined
  newestAt: string | null
  /** Why it was cancelled, as the journal tells it. */
  cancelReason: string | null
}

/** Where the run of a workflow stands, in words: what it waits for, or how it ended. */
export function WaitingSentence({ run, approval, newestAt, cancelReason }: WaitingSentenceProps) {
  const says = text.runStands
  const time = <RelativeTime iso={run.finished_at ?? newestAt ?? run.updated_at} />
  switch (run.status) {
    case 'running':
      return <Fill sentence={says.running} time={time} />
    case 'completed':
      return <Fill sentence={says.completed} time={time} />
    case 'failed':
      return <Failed run={run} />
    case 'cancelled':
      return cancelReason === null ? (
        <Fill sentence={says.cancelled} time={time} />
      ) : (
        <Fill
          sentence={says.cancelledBecause}
          time={time}
          why={<DataText value={cancelReason} plain fold={300} />}
        />
      )
    case 'paused':
      return approval ? <WaitsForApproval approval={approval} /> : <WaitsForOther run={run} />
  }
}

function WaitsForApproval({ approval }: { approval: PendingApproval }) {
  const said = useDescribed(approval)
  const tool = approval.payload?.tool_id
  if (approval.action === IN_DOUBT && typeof tool === 'string') {
    return (
      <Fill
        sentence={text.runStands.inDoubt}
        time={<RelativeTime iso={approval.requested_at} form="age" />}
        tool={<DataText value={tool} fold={80} />}
      />
    )
  }
  return (
    <Fill
      sentence={text.runStands.approval}
      what={<SaidPayload said={said} form={said.amount ? 'sentence' : 'row'} />}
      time={<RelativeTime iso={approval.requested_at} form="age" />}
    />
  )
}

function WaitsForOther({ run: { waiting } }: { run: Run }) {
  const says = text.runStands
  if (!waiting) return says.paused.replace('{why}', text.common.unknownTime)
  const { wake_at: wakeAt, event_name: event, run_id: child, reason } = waiting
  const until = wakeAt && formatAbsolute(wakeAt)
  if (waiting.for === 'event' && event !== null) {
    const name = <DataText value={event} fold={80} />
    return wakeAt ? (
      <Fill sentence={says.eventUntil} name={name} until={until} />
    ) : (
      <Fill sentence={says.event} name={name} />
    )
  }
  if (wakeAt !== null) {
    return <Fill sentence={says.time} until={until} time={<RelativeTime iso={wakeAt} pace="fast" />} />
  }
  if (waiting.for === 'run' && child !== null) {
    const link = (
      <Link to="/runs/$runId" params={{ runId: child }} className="text-accent underline underline-offset-2">
        <DataText value={child} fold={80} />
      </Link>
    )
    const [, why] = /, (which waits .*)$/s.exec(reason) ?? []
    return why === undefined ? (
      <Fill sentence={says.run} run={link} />
    ) : (
      <Fill sentence={says.runThat} run={link} why={<DataText value={why} plain fold={300} />} />
    )
  }
  return <Fill sentence={says.paused} why={<DataText value={reason.replace(/^waits /, '')} plain />} />
}

function Failed({ run: { error, finished_at } }: { run: Run }) {
  const says = text.runStands
  const why = <DataText value={error?.error ?? ''} plain fold={300} />
  const time = finished_at === null ? text.common.unknownTime : <RelativeTime iso={finished_at} />
  if (error?.node_id == null) return <Fill sentence={says.failed} why={why} time={time} />
  return (
    <Fill
      sentence={says.failedAt}
      why={why}
      time={time}
      node={<DataText value={error.node_id} fold={80} />}
    />
  )
}
