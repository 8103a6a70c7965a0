import type { StartRunInput } from '../api/workflow-client.ts'
import { text } from '../text.ts'
import { TextField } from '../ui/field.tsx'

export const LIMITS = ['cost_limit_cents', 'llm_calls_limit', 'latency_slo_ms'] as const
type Limit = (typeof LIMITS)[number]

/** As they were typed. */
export type Limits = { [name in Limit]?: string }

/** What may be used up; what stays empty has no limit. */
export function readLimits(limits: Limits): {
  values: Pick<StartRunInput, Limit>
  faults: Map<string, string>
} {
  const values: Pick<StartRunInput, Limit> = {}
  const faults = new Map<string, string>()
  for (const name of LIMITS) {
    const typed = limits[name]?.trim() ?? ''
    if (typed === '') continue
    if (/^\d{1,10}$/.test(typed)) values[name] = Number(typed)
    else faults.set(name, text.form.notWhole)
  }
  return { values, faults }
}

type LimitFieldsProps = {
  limits: Limits
  faults: ReadonlyMap<string, string>
  onChange: (limits: Limits) => void
}

export function LimitFields({ limits, faults, onChange }: LimitFieldsProps) {
  return (
    <div className="space-y-3">
      <p className="text-13 text-muted">{text.start.limitsHint}</p>
      {LIMITS.map((name) => (
        <TextField
          key={name}
          label={text.start.limit[name]}
          hint={text.start.limitHint[name]}
          fault={faults.get(name)}
          value={limits[name] ?? ''}
          inputMode="numeric"
          autoComplete="off"
          onChange={(event) => onChange({ ...limits, [name]: event.target.value })}
        />
      ))}
    </div>
  )
}
