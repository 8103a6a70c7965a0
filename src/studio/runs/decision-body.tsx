import { CircleCheck, CircleX, Hourglass } from 'lucide-react'
import type { RunEvent } from '../../engine/runs/schema.ts'
import { RuleMatch, readMatch } from '../inbox/rule-match.tsx'
import { WouldNotAsk } from '../inbox/would-not-ask.tsx'
import { text } from '../text.ts'
import { DataText } from '../ui/data-text.tsx'
import { Fact, Facts, Section } from '../ui/facts.tsx'
import { IdText } from '../ui/id-text.tsx'
import { JsonText } from '../ui/json-text.tsx'
import { Mark } from '../ui/note.tsx'
import { listIn, textIn } from './read-payload.ts'

const VERDICT = {
  allowed: { tone: 'ok', icon: CircleCheck },
  denied: { tone: 'stop', icon: CircleX },
  requires_approval: { tone: 'wait', icon: Hourglass },
} as const

const ABOUT = ['tool_id', 'agent_id', 'workflow_id', 'app_id'] as const

/** A decision: the verdict, why in one sentence, and every rule that was looked at. */
export function DecisionBody({ payload }: { payload: RunEvent['payload'] }) {
  const { decision } = text.event
  const result = textIn(payload.result)
  const matches = listIn(payload.matches)
  const about = ABOUT.flatMap((name) => textIn(payload[name]) ?? [])
  return (
    <Section title={decision.title}>
      {result !== null && result in VERDICT && (
        <p className="mb-1 text-14 font-medium">
          <Mark {...VERDICT[result as keyof typeof VERDICT]}>
            {decision.verdict[result as keyof typeof VERDICT]}
          </Mark>
        </p>
      )}
      <p className="mb-2 max-w-[80ch] text-16">
        <DataText value={textIn(payload.reason) ?? ''} plain />
      </p>
      <WouldNotAsk matches={matches} />
      {matches.length === 0 ? (
        <p className="mb-2 text-13 text-muted">{decision.noRules}</p>
      ) : (
        <div className="mb-3 space-y-3">
          {matches.map((match, index) => {
            const known = readMatch(match)
            // biome-ignore lint/suspicious/noArrayIndexKey: one decision's list, never reordered
            return known ? <RuleMatch key={index} match={known} /> : <JsonText key={index} value={match} />
          })}
        </div>
      )}
      <Facts>
        <Fact term={text.card.action}>
          <DataText value={textIn(payload.action) ?? ''} />
        </Fact>
        {about.length > 0 && (
          <Fact term={decision.about}>
            <DataText value={about.join(', ')} />
          </Fact>
        )}
        <Fact term={text.card.reasonCode}>
          <DataText value={textIn(payload.reason_code) ?? ''} />
        </Fact>
        <Fact term={text.card.decision}>
          <IdText id={textIn(payload.decision_id) ?? ''} copy={text.card.decision} />
        </Fact>
        <Fact term={text.card.policyVersion}>
          <IdText id={textIn(payload.policy_sha256) ?? ''} copy={text.card.policyVersion} />
        </Fact>
      </Facts>
    </Section>
  )
}
