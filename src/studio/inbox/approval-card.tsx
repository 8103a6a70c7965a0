import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useEffect, useMemo, useRef, useState } from 'react'
import type { PendingApproval } from '../../http/schema.ts'
import { installationQuery } from '../api/queries.ts'
import { text } from '../text.ts'
import { CopyLink } from '../ui/copy-button.tsx'
import { DataText } from '../ui/data-text.tsx'
import { Fact, Facts, Fold, Section } from '../ui/facts.tsx'
import { IdText } from '../ui/id-text.tsx'
import { makeCurl } from '../ui/make-curl.ts'
import { RelativeTime } from '../ui/relative-time.tsx'
import { RiskMark } from '../ui/risk-mark.tsx'
import { useIsPast } from '../ui/use-now.ts'
import { AnswerBar, type AnswerStep } from './answer-bar.tsx'
import { BackToInbox } from './back-to-inbox.tsx'
import { findBlock } from './check-payload.ts'
import { describeApproval, inspectTexts, isDoneByApproval } from './describe-payload.ts'
import type { Outcome } from './outcome.ts'
import { PayloadHash } from './payload-hash.tsx'
import { PayloadView } from './payload-view.tsx'
import { PlanOfApproval } from './plan-of-approval.tsx'
import { type Findings, readProposedPlan } from './proposed-plan.ts'
import { SaidPayload } from './said-payload.tsx'
import { TextWarnings } from './text-warnings.tsx'
import { usePayloadCheck } from './use-payload-check.ts'
import { useToldPlan } from './use-told-plan.ts'
import { VotesSection } from './votes-section.tsx'
import { WhySection } from './why-section.tsx'

type ApprovalCardProps = {
  approval: PendingApproval
  step: AnswerStep | null
  onStep: (step: AnswerStep | null) => void
  onOutcome: (outcome: Outcome) => void
  takesFocus: boolean
}

/** What a person must know to answer for what an agent is about to do. */
export function ApprovalCard({ approval, step, onStep, onOutcome, takesFocus }: ApprovalCardProps) {
  const title = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    if (takesFocus) title.current?.focus()
  }, [takesFocus])
  const plan = useMemo(() => readProposedPlan(approval.action, approval.payload), [approval])
  const told = useToldPlan(plan)
  const said = describeApproval(approval, told)
  const [findings, setFindings] = useState<Findings>({ status: 'awaited' })
  const score = findings.status === 'known' ? findings.score : null
  const hidden = useMemo(() => inspectTexts(approval), [approval])
  const check = usePayloadCheck(approval.payload, approval.payload_sha256)
  const isExpired = useIsPast(approval.expires_at === null ? null : Date.parse(approval.expires_at))
  const isOver = useIsPast(told?.holdsUntil ?? null)
  // Where nothing runs but the run goes on, or where a person must find something out, the question comes first. Of a plan the
  // bytes come first, and then whether it is asked about anew.
  const speaksFirst =
    plan !== null || approval.action === 'human_gate' || approval.action === 'tool_call_in_doubt'
  return (
    <article className="flex h-full flex-col" aria-labelledby="approval-title">
      <div className="min-h-0 flex-1 overflow-y-auto">
        <div className="max-w-200 px-4 pt-4 pb-8 panes:px-6">
          <BackToInbox />
          <div className="flex flex-wrap items-center gap-x-4 gap-y-1 text-13">
            <RiskMark level={approval.risk_level} />
            {score !== null && <span className="text-muted">{text.card.score(score)}</span>}
            <span className="text-muted">
              {text.card.votesOf(approval.votes.length, approval.required_approvals)}
            </span>
          </div>
          <h2
            id="approval-title"
            ref={title}
            tabIndex={-1}
            data-detail-title
            className="mt-1 mb-1 text-20 font-semibold wrap-anywhere"
          >
            <SaidPayload said={said} />
          </h2>
          <p className="mb-4 text-13 text-muted">
            {text.card.askedBy}{' '}
            <span className="text-text">
              <DataText value={approval.requested_by ?? text.common.nothing} plain fold={80} />
            </span>
            {' · '}
            <Waiting
              approval={approval}
              isExpired={isExpired}
              holdsUntil={told?.holdsUntil ?? null}
              isOver={isOver}
            />
          </p>
          <TextWarnings findings={hidden} />
          {plan && <PlanOfApproval runId={approval.run_id} plan={plan} onFindings={setFindings} />}
          {speaksFirst && <RequesterWords approval={approval} hasTitle={said.isFromPayload} />}
          <Section title={approval.action === 'human_gate' ? text.card.whatGoesOn : text.card.whatRuns}>
            {plan ? (
              <Fold summary={text.card.allValues} isForced={hidden.hides || hidden.mixed !== null}>
                <PayloadView action={approval.action} payload={approval.payload} />
              </Fold>
            ) : (
              <PayloadView action={approval.action} payload={approval.payload} />
            )}
            {approval.payload_sha256 && (
              <PayloadHash
                sha256={approval.payload_sha256}
                check={check}
                hasToken={!isDoneByApproval(approval.action)}
              />
            )}
          </Section>
          <WhySection approval={approval} />
          <VotesSection approval={approval} />
          {!speaksFirst && <RequesterWords approval={approval} hasTitle={said.isFromPayload} />}
          <Section title={text.card.run}>
            <References approval={approval} hasPlan={plan !== null} />
          </Section>
        </div>
      </div>
      <AnswerBar
        approval={approval}
        said={said}
        step={step}
        onStep={onStep}
        onOutcome={onOutcome}
        findings={plan ? findings.status : 'known'}
        blocked={findBlock(approval, check, isExpired) ?? (isOver || (plan && !told) ? 'approve' : null)}
      />
    </article>
  )
}

function RequesterWords({ approval, hasTitle }: { approval: PendingApproval; hasTitle: boolean }) {
  return (
    <Section title={text.card.requesterWords}>
      <div className="mb-1 max-w-[80ch] space-y-1">
        {hasTitle && (
          <p className="font-medium">
            <DataText value={approval.title} plain />
          </p>
        )}
        <p>
          <DataText value={approval.details} plain />
        </p>
      </div>
      {approval.reason && (
        <Facts>
          <Fact term={text.card.reasonGiven}>
            <DataText value={approval.reason} plain />
          </Fact>
        </Facts>
      )}
    </Section>
  )
}

type WaitingProps = {
  approval: PendingApproval
  isExpired: boolean
  /** Of a plan that is for nothing some time before the approval expires. */
  holdsUntil: number | null
  isOver: boolean
}

function Waiting({ approval, isExpired, holdsUntil, isOver }: WaitingProps) {
  if (isExpired) return <span className="text-stop">{text.card.expired}</span>
  return (
    <>
      {text.card.waitsSince} <RelativeTime iso={approval.requested_at} form="age" />
      {holdsUntil !== null ? (
        <PlanEnds at={holdsUntil} isOver={isOver} />
      ) : approval.expires_at ? (
        <>
          , {text.card.expires} <RelativeTime iso={approval.expires_at} pace="fast" />
        </>
      ) : (
        `, ${text.card.noDeadline}`
      )}
    </>
  )
}

function PlanEnds({ at, isOver }: { at: number; isOver: boolean }) {
  if (isOver) return <span className="text-stop">, {text.card.planOver}</span>
  return (
    <>
      , {text.card.planEnds} <RelativeTime iso={new Date(at).toISOString()} pace="fast" />
    </>
  )
}

function References({ approval, hasPlan }: { approval: PendingApproval; hasPlan: boolean }) {
  const { run_id, event_id, decision_id } = approval
  const needsKey = useQuery(installationQuery).data?.mode === 'authenticated'
  return (
    <Facts>
      <Fact term={text.card.run}>
        <Link
          to="/runs/$runId"
          params={{ runId: run_id }}
          className="text-accent underline underline-offset-2"
        >
          <DataText value={run_id} fold={80} />
        </Link>
        {hasPlan && (
          <Link
            to="/copilot/$runId"
            params={{ runId: run_id }}
            className="ml-3 text-accent underline underline-offset-2"
          >
            {text.card.inCopilot}
          </Link>
        )}
      </Fact>
      {decision_id && (
        <Fact term={text.card.decision}>
          <IdText id={decision_id} copy={text.card.decision} />{' '}
          <CopyLink
            value={makeCurl({
              path: `/v1/approvals/decisions/${encodeURIComponent(decision_id)}`,
              needsKey,
            })}
          >
            {text.run.copyCurl}
          </CopyLink>
        </Fact>
      )}
      <Fact term={text.card.event}>
        <Link
          to="/runs/$runId"
          params={{ runId: run_id }}
          search={{ event: event_id }}
          className="text-accent underline underline-offset-2"
        >
          <IdText id={event_id} />
        </Link>
      </Fact>
    </Facts>
  )
}
