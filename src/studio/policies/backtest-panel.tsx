import { useMutation } from '@tanstack/react-query'
import { History } from 'lucide-react'
import { useState } from 'react'
import type { BacktestResult } from '../../kernel/policy/backtest/schema.ts'
import { ApiError } from '../api/api-error.ts'
import { backtestPolicy } from '../api/policy-client.ts'
import { policyText } from '../text-policies.ts'
import { Button } from '../ui/button.tsx'
import { ErrorNote } from '../ui/error-note.tsx'
import { TextField } from '../ui/field.tsx'
import { ChangeList } from './change-list.tsx'
import type { PolicyFormState } from './use-policy-form.ts'

const words = policyText.backtest
const EFFECTS = ['allow', 'require_approval', 'deny'] as const

/** Tries what stands in the form on past decisions. */
export function BacktestPanel({ policyId, form }: { policyId: string | null; form: PolicyFormState }) {
  const [lastN, setLastN] = useState('1000')
  const test = useMutation({
    mutationFn: (policy: object) =>
      backtestPolicy({ candidate: { ...(policyId && { id: policyId }), policy }, last_n: Number(lastN) }),
    onError: (error) => {
      if (error instanceof ApiError && error.status === 422)
        form.showFaults(error.details, 'candidate.policy.')
    },
  })
  const isAtFields = test.error instanceof ApiError && test.error.status === 422
  return (
    <section aria-labelledby="backtest-title" className="space-y-4">
      <div>
        <h2 id="backtest-title" className="text-16 font-semibold">
          {words.title}
        </h2>
        <p className="mt-1 text-13 text-muted">{words.body}</p>
      </div>
      <div className="flex flex-wrap items-start gap-3">
        <div className="w-40">
          <TextField
            label={words.lastN}
            inputMode="numeric"
            value={lastN}
            fault={form.faults.get('last_n')}
            onChange={(event) => setLastN(event.target.value)}
          />
        </div>
        <Button
          icon={History}
          className="mt-6"
          disabled={test.isPending}
          onClick={() => {
            const policy = form.read()
            if (policy) test.mutate(policy)
          }}
        >
          {test.isPending ? words.busy : words.run}
        </Button>
      </div>
      <div aria-live="polite">
        {test.isError && !isAtFields && <ErrorNote error={test.error} />}
        {test.data && <Result result={test.data} />}
      </div>
    </section>
  )
}

function Result({ result }: { result: BacktestResult }) {
  const { evaluated, changed, unreadable, changes, other_terms: terms } = result
  if (result.decisions === 0) return <p className="text-muted">{words.none}</p>
  return (
    <div className="space-y-4">
      <p className="font-medium">
        {changed === 0 ? words.unchanged(evaluated) : words.changed(changed, evaluated)}
      </p>
      {unreadable.count > 0 && <p className="text-13 text-doubt">{words.unreadable(unreadable.count)}</p>}
      {result.budget_used_up ? (
        <p className="text-13 text-doubt">{words.stopped(result.decisions)}</p>
      ) : (
        !result.complete && <p className="text-13 text-muted">{words.more}</p>
      )}
      <Matrix matrix={result.matrix} />
      <ChangeList changes={changes} />
      {terms.count > 0 && <p className="text-13 text-muted">{words.otherTerms(terms.count)}</p>}
    </div>
  )
}

function Matrix({ matrix }: { matrix: BacktestResult['matrix'] }) {
  return (
    <table className="w-full text-13 tabular-nums">
      <caption className="mb-1 text-left text-12 text-muted">{words.stands}</caption>
      <thead>
        <tr className="border-b border-line text-muted">
          <th scope="col" className="py-1 text-left font-normal">
            {words.now}
          </th>
          {EFFECTS.map((effect) => (
            <th key={effect} scope="col" className="py-1 text-right font-normal">
              {words.effect[effect]}
            </th>
          ))}
        </tr>
      </thead>
      <tbody className="divide-y divide-line">
        {EFFECTS.map((before) => (
          <tr key={before} className="h-9">
            <th scope="row" className="text-left font-normal text-muted">
              {words.effect[before]}
            </th>
            {EFFECTS.map((after) => {
              const count = matrix[before][after]
              const isChange = before !== after && count > 0
              return (
                <td key={after} className={`text-right ${isChange ? 'font-semibold' : 'text-muted'}`}>
                  {count}
                </td>
              )
            })}
          </tr>
        ))}
      </tbody>
    </table>
  )
}
