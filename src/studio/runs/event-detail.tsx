import { Clock } from 'lucide-react'
import type { RunEvent as WorkflowRunEvent } from '../../engine/runs/schema.ts'
import { text } from '../text.ts'
import { CopyButton } from '../ui/copy-button.tsx'
import { DataText } from '../ui/data-text.tsx'
import { Fact, Facts, Fold, Section } from '../ui/facts.tsx'
import { formatAbsolute } from '../ui/format-time.ts'
import { IdText } from '../ui/id-text.tsx'
import { JsonText } from '../ui/json-text.tsx'
import { Mark, Note } from '../ui/note.tsx'
import { RiskMark } from '../ui/risk-mark.tsx'
import { DetailFrame } from './detail-frame.tsx'
import { EventBody, tellsItself } from './event-body.tsx'
import { lookOf } from './kind-look.ts'
import type { RunEvent, TimelineItem } from './timeline-item.ts'

type EventDetailProps = {
  item: TimelineItem
  /** As it stands in the log. */
  event: RunEvent | undefined
  /** With all it carries, for a run of a workflow. */
  told?: WorkflowRunEvent | undefined
  back?: { label: string; onBack: () => void } | undefined
}

/** One receipt, whole. */
export function EventDetail({ item, event, told, back }: EventDetailProps) {
  const { detail } = text.run
  const look = lookOf(item)
  return (
    <DetailFrame label={detail.label} back={back}>
      <p className="text-13">
        <Mark tone={look.tone} icon={look.icon}>
          {look.word}
        </Mark>
      </p>
      <h2 className="mt-1 mb-3 text-16 font-semibold">
        <DataText value={item.title} plain />
      </h2>
      {!(told && tellsItself(told)) && (
        <p className="-mt-2 mb-3 max-w-[80ch]">
          <DataText value={item.details} plain fold={600} />
        </p>
      )}
      {item.isLate && (
        <div className="mb-3">
          <Note tone="wait" icon={Clock}>
            {text.run.lateHint}
          </Note>
        </div>
      )}
      {told && <EventBody event={told} />}
      <Facts>
        <Fact term={detail.occurred}>{formatAbsolute(item.time)}</Fact>
        {event && <Fact term={detail.recorded}>{formatAbsolute(event.recorded_at)}</Fact>}
        <Fact term={detail.actor}>
          {item.actor in text.actor ? text.actor[item.actor as keyof typeof text.actor] : item.actor}
        </Fact>
        <Fact term={detail.authenticatedAs}>
          <DataText value={item.authenticatedAs} fold={80} />
        </Fact>
        {item.risk !== null && (
          <Fact term={detail.risk}>
            <RiskMark level={item.risk} />
          </Fact>
        )}
        {item.confidence !== null && <Fact term={detail.confidence}>{item.confidence}</Fact>}
        <Fact term={detail.kind}>
          <span className="data">{item.kind}</span>
        </Fact>
      </Facts>
      {item.approval.status !== 'not_required' && <ApprovalFacts approval={item.approval} />}
      {item.evidence.length > 0 && <Evidence evidence={item.evidence} />}
      <Section title={detail.log}>
        <Facts>
          <Fact term={detail.position}>{item.seq}</Fact>
          <Fact term={detail.event}>
            <IdText id={item.eventId} copy={detail.event} />
          </Fact>
          {event && (
            <>
              <Fact term={detail.hash}>
                <IdText id={event.hash} copy={detail.hash} />
              </Fact>
              <Fact term={detail.prevHash}>
                <IdText id={event.prev_hash} copy={detail.prevHash} />
              </Fact>
            </>
          )}
        </Facts>
        {event && (
          <Fold summary={detail.receiptJson}>
            <JsonText value={event.payload} />
          </Fold>
        )}
      </Section>
    </DetailFrame>
  )
}

function ApprovalFacts({ approval }: { approval: TimelineItem['approval'] }) {
  const { detail } = text.run
  const { status, requestedBy, resolvedBy, resolvedAt, reason } = approval
  return (
    <Section title={detail.approval}>
      <Facts>
        <Fact term={detail.approval}>
          {status in text.approvalStatus
            ? text.approvalStatus[status as keyof typeof text.approvalStatus]
            : status}
        </Fact>
        {requestedBy !== null && (
          <Fact term={detail.requestedBy}>
            <DataText value={requestedBy} plain />
          </Fact>
        )}
        {resolvedBy !== null && (
          <Fact term={detail.resolvedBy}>
            <DataText value={resolvedBy} plain />
          </Fact>
        )}
        {resolvedAt !== null && <Fact term={detail.resolvedAt}>{formatAbsolute(resolvedAt)}</Fact>}
        {reason !== null && reason !== '' && (
          <Fact term={detail.reason}>
            <DataText value={reason} plain />
          </Fact>
        )}
      </Facts>
    </Section>
  )
}

/** A reference is shown, not linked: where it leads was chosen by whoever wrote the event. */
function Evidence({ evidence }: { evidence: TimelineItem['evidence'] }) {
  return (
    <Section title={text.run.detail.evidence}>
      <Facts>
        {evidence.slice(0, 50).map(({ kind, label, ref }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: one event's list, never reordered
          <Fact key={index} term={kind}>
            <DataText value={label} plain />{' '}
            <span className="text-muted">
              <DataText value={ref} fold={120} />
            </span>
            <CopyButton value={ref} what={text.run.detail.evidence} />
          </Fact>
        ))}
      </Facts>
    </Section>
  )
}
