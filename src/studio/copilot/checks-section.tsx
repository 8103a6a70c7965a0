import { CircleCheck, CircleHelp, CircleX, TriangleAlert } from 'lucide-react'
import type { Artifacts, Check } from '../../apps/copilot/schema.ts'
import { text } from '../text.ts'
import { copilotText } from '../text-copilot.ts'
import { DataText } from '../ui/data-text.tsx'
import { Fold } from '../ui/facts.tsx'
import { JsonText } from '../ui/json-text.tsx'
import { TONE_TEXT } from '../ui/note.tsx'
import { RiskMark } from '../ui/risk-mark.tsx'
import { groupChecks } from './read-plan.ts'

const says = copilotText.copilotChecks

const LOOK = {
  FAIL: { tone: 'stop', icon: CircleX },
  WARN: { tone: 'wait', icon: TriangleAlert },
  UNKNOWN: { tone: 'muted', icon: CircleHelp },
  PASS: { tone: 'ok', icon: CircleCheck },
} as const

const RISK = { LOW: 'low', MED: 'medium', HIGH: 'high' } as const

/** What was looked at: what fails and warns in the open, the rest folded behind its number. */
export function ChecksSection({ artifacts }: { artifacts: Artifacts }) {
  const groups = groupChecks(artifacts)
  const { FAIL, WARN, UNKNOWN, PASS } = groups
  const { decision } = artifacts
  if (FAIL.length + WARN.length + UNKNOWN.length + PASS.length === 0) return null
  return (
    <section
      aria-labelledby="checks-title"
      className="rounded-md border border-line bg-panel px-4 py-3 shadow-panel"
    >
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1">
        <h2 id="checks-title" className="text-16 font-semibold">
          {says.title}
        </h2>
        {decision && (
          <span className="flex flex-wrap gap-x-3 text-13">
            <RiskMark level={RISK[decision.severity]} />
            <span className="text-muted">{says.score(decision.risk_score)}</span>
          </span>
        )}
      </div>
      <p className="mt-1 text-13 text-muted">
        {says.sum(FAIL.length, WARN.length, UNKNOWN.length, PASS.length)}
      </p>
      {FAIL.length > 0 && <CheckList title={says.groups.FAIL} checks={FAIL} />}
      {WARN.length > 0 && <CheckList title={says.groups.WARN} checks={WARN} />}
      {UNKNOWN.length > 0 && (
        <Fold summary={`${says.groups.UNKNOWN} (${UNKNOWN.length})`}>
          <CheckList checks={UNKNOWN} />
        </Fold>
      )}
      {PASS.length > 0 && (
        <Fold summary={`${says.groups.PASS} (${PASS.length})`}>
          <CheckList checks={PASS} />
        </Fold>
      )}
    </section>
  )
}

function CheckList({ title, checks }: { title?: string; checks: Check[] }) {
  return (
    <div className="mt-3">
      {title && <h3 className="mb-1 text-13 font-semibold">{title}</h3>}
      <ul className="divide-y divide-line">
        {checks.map((check) => (
          <CheckItem key={check.id} check={check} />
        ))}
      </ul>
    </div>
  )
}

function CheckItem({ check: { title, status, reason, metadata } }: { check: Check }) {
  const { tone, icon: Icon } = LOOK[status]
  return (
    <li className="flex gap-2 py-1.5 text-13">
      <Icon size={15} aria-hidden="true" className={`mt-0.5 shrink-0 ${TONE_TEXT[tone]}`} />
      <div className="min-w-0 flex-1">
        <p className="font-medium">
          {title} <span className={`font-normal ${TONE_TEXT[tone]}`}>{says.says[status]}</span>
        </p>
        <p className="text-muted">
          <DataText value={reason} plain fold={600} />
        </p>
        {Object.keys(metadata).length > 0 && (
          <Fold summary={text.card.asJson}>
            <JsonText value={metadata} />
          </Fold>
        )}
      </div>
    </li>
  )
}
