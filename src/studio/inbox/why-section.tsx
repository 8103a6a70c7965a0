import type { PendingApproval } from '../../http/schema.ts'
import { text } from '../text.ts'
import { DataText } from '../ui/data-text.tsx'
import { Fact, Facts, Fold, Section } from '../ui/facts.tsx'
import { Fill } from '../ui/fill.tsx'
import { IdText } from '../ui/id-text.tsx'
import { JsonText } from '../ui/json-text.tsx'
import { RuleMatch, readMatch } from './rule-match.tsx'
import { WouldNotAsk } from './would-not-ask.tsx'

/** Why policy asks: its sentence first, then the rules that matched. */
export function WhySection({ approval }: { approval: Pick<PendingApproval, 'decision' | 'reason'> }) {
  const { decision } = approval
  if (decision !== null && decision.effect !== 'require_approval') {
    return <NotByPolicy reason={approval.reason} decision={decision} />
  }
  if (decision === null) {
    return (
      <Section title={text.card.why}>
        <p className="text-muted">{text.card.noDecision}</p>
      </Section>
    )
  }
  return (
    <Section title={text.card.why}>
      <p className="mb-2 max-w-[80ch] text-16">
        <DataText value={decision.reason} plain />
      </p>
      <WouldNotAsk matches={decision.matches} />
      <Facts>
        <Fact term={text.card.reasonCode}>
          <DataText value={decision.reason_code} />
        </Fact>
        <Fact term={text.card.policyVersion}>
          <IdText id={decision.policy_sha256} copy={text.card.policyVersion} />
        </Fact>
      </Facts>
      {decision.matches.length > 0 && (
        <Fold summary={text.card.rulesMatched(decision.matches.length)}>
          <div className="space-y-3">
            {decision.matches.map((match, index) => {
              const known = readMatch(match)
              // biome-ignore lint/suspicious/noArrayIndexKey: one decision's list, never reordered
              return known ? <RuleMatch key={index} match={known} /> : <JsonText key={index} value={match} />
            })}
          </div>
        </Fold>
      )}
    </Section>
  )
}

/** A run in draft mode asks before what cannot be taken back, though no policy does. */
function NotByPolicy({
  reason,
  decision,
}: {
  reason: string | null
  decision: NonNullable<PendingApproval['decision']>
}) {
  return (
    <Section title={text.card.whyAsked}>
      {reason !== null && (
        <p className="mb-2 max-w-[80ch] text-16">
          <DataText value={reason} plain />
        </p>
      )}
      <p className="mb-2 max-w-[80ch] text-muted">
        <Fill sentence={text.card.notByPolicy} reason={<DataText value={decision.reason} plain />} />
      </p>
      <Facts>
        <Fact term={text.card.reasonCode}>
          <DataText value={decision.reason_code} />
        </Fact>
        <Fact term={text.card.policyVersion}>
          <IdText id={decision.policy_sha256} copy={text.card.policyVersion} />
        </Fact>
      </Facts>
    </Section>
  )
}
