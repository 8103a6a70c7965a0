import type { ConditionEvidence, PolicyMatch } from '../../kernel/policy/schema.ts'
import { text } from '../text.ts'
import { DataText } from '../ui/data-text.tsx'

/** A match in the shape of today's policies; older decisions may hold others, which are shown as they are. */
export function readMatch(match: unknown): PolicyMatch | null {
  const known = match as Partial<PolicyMatch> | null
  return typeof known?.name === 'string' && Array.isArray(known.conditions) ? (known as PolicyMatch) : null
}

/** One rule and what each of its conditions met. */
export function RuleMatch({ match }: { match: PolicyMatch }) {
  const { rule } = text.card
  return (
    <div className="rounded-md border border-line px-3 py-2 text-13">
      <p className="flex flex-wrap items-baseline gap-x-2">
        <span className="font-medium">
          <DataText value={match.name} plain fold={120} />
        </span>
        <span>{match.effect in rule.effect ? rule.effect[match.effect] : match.effect}</span>
        {match.outcome === 'indeterminate' && <span className="text-doubt">{rule.indeterminate}</span>}
        <span className="ml-auto text-12 text-muted">{rule.priority(match.priority)}</span>
      </p>
      <ul className="mt-1 space-y-0.5">
        {match.conditions.map((condition, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: one rule's list, never reordered
          <li key={index} className="flex flex-wrap items-baseline gap-x-2">
            {index > 0 && <span className="text-12 text-muted">{rule.logic[match.logic]}</span>}
            <Condition condition={condition} />
          </li>
        ))}
      </ul>
    </div>
  )
}

function Condition({ condition }: { condition: ConditionEvidence }) {
  const { rule } = text.card
  const { field, operator, value, outcome, actual, margin } = condition
  const says = operator in rule.operator ? rule.operator[operator as keyof typeof rule.operator] : operator
  return (
    <>
      <span>
        <DataText value={field} fold={120} /> {says}{' '}
        {value !== undefined && (
          <DataText value={Array.isArray(value) ? value.join(', ') : String(value)} fold={120} />
        )}
      </span>
      <span className="text-muted">
        {actual === null ? rule.missing : rule.was}{' '}
        {actual !== null && <DataText value={String(actual)} fold={120} />}
        {margin !== null && margin !== 0 && `, ${rule.margin(margin)}`}
      </span>
      <span className="text-12 text-muted">({rule.outcome[outcome] ?? outcome})</span>
    </>
  )
}
