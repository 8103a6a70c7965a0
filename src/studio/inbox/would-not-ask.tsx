import { text } from '../text.ts'
import { DataText } from '../ui/data-text.tsx'
import { Fill } from '../ui/fill.tsx'
import { readMatch } from './rule-match.tsx'

/** What would have changed the answer: said of each asking rule that hangs on a number, as all its conditions must hold. */
export function WouldNotAsk({ matches }: { matches: unknown[] }) {
  const hints = matches.flatMap((match) => {
    const rule = readMatch(match)
    if (rule?.effect !== 'require_approval') return []
    if (rule.logic !== 'AND' && rule.conditions.length > 1) return []
    const condition = rule.conditions.find(({ operator, margin }) => operator in SAYS && margin !== null)
    return condition ? [{ rule, condition }] : []
  })
  return hints.map(({ rule, condition }) => (
    <p key={rule.policy_id} className="mb-2 max-w-[80ch] text-muted">
      <Fill
        sentence={SAYS[condition.operator as keyof typeof SAYS]}
        rule={<DataText value={rule.name} plain fold={120} />}
        field={<DataText value={condition.field} fold={120} />}
        limit={<DataText value={String(condition.value)} />}
      />
    </p>
  ))
}

const SAYS = text.card.wouldNotAsk
