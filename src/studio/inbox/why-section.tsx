import type { PendingApproval } from '../../http/schema.ts'
import { text } from '../text.ts'
import { DataText } from '../ui/data-text.tsx'
import { Fact, Facts, Fold, Section } from '../ui/facts.tsx'
import { IdText } from '../ui/id-text.tsx'
import { JsonText } from '../ui/json-text.tsx'
import { RuleMatch, readMatch } from './rule-match.tsx'
import { WouldNotAsk } from './would-not-ask.tsx'

/** Why policy asks: its sentence first, then the rules that matched. */
export function WhySection({ decision }: { decision: PendingApproval['decision'] }) {
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
