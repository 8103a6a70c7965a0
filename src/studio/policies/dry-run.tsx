import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { ApiError } from '../api/api-error.ts'
import { type DryRun, evaluatePolicies } from '../api/policy-client.ts'
import { text } from '../text.ts'
import { policyText } from '../text-policies.ts'
import { Button } from '../ui/button.tsx'
import { DataText } from '../ui/data-text.tsx'
import { ErrorNote } from '../ui/error-note.tsx'
import { TextArea, TextField } from '../ui/field.tsx'

const words = policyText.dryRun
const EXAMPLE = JSON.stringify({ context: { amount: 250, currency: 'EUR', merchant: 'ACME' } }, null, 2)

/** A question to the policies of now; nothing is recorded. */
export function DryRunView() {
  const [action, setAction] = useState('purchase.create')
  const [facts, setFacts] = useState(EXAMPLE)
  const [isJson, setIsJson] = useState(true)
  const ask = useMutation({ mutationFn: evaluatePolicies })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const read = readObject(facts)
    setIsJson(read !== null)
    if (read) ask.mutate({ ...read, action })
  }
  const faults = ask.error instanceof ApiError && ask.error.status === 422 ? ask.error.details : []
  const ofAction = faults.find(({ path }) => path === 'action')?.message
  return (
    <div className="grid panes:grid-cols-[minmax(0,2fr)_minmax(0,3fr)]">
      <form onSubmit={submit} noValidate aria-labelledby="dry-run-title" className="max-w-200 space-y-4 p-4">
        <h2 id="dry-run-title" className="text-16 font-semibold">
          {words.title}
        </h2>
        <TextField
          label={words.action}
          value={action}
          fault={ofAction}
          spellCheck={false}
          onChange={(event) => setAction(event.target.value)}
        />
        <TextArea
          label={words.facts}
          hint={words.factsHint}
          fault={isJson ? undefined : words.notJson}
          value={facts}
          rows={10}
          spellCheck={false}
          style={{ fontFamily: 'var(--font-mono)', fontSize: '0.8125rem' }}
          onChange={(event) => setFacts(event.target.value)}
        />
        <Button type="submit" tone="accent" disabled={ask.isPending}>
          {ask.isPending ? words.busy : words.send}
        </Button>
      </form>
      <div
        aria-live="polite"
        className="min-w-0 border-line bg-panel p-4 max-panes:border-t panes:border-l panes:px-6"
      >
        {ask.isError && !ofAction && <ErrorNote error={ask.error} />}
        {ask.data && <Answer answer={ask.data} />}
      </div>
    </div>
  )
}

function readObject(typed: string): object | null {
  try {
    const value: unknown = JSON.parse(typed)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : null
  } catch {
    return null
  }
}

function Answer({ answer }: { answer: DryRun }) {
  const { rule } = text.card
  return (
    <div className="space-y-4">
      <div>
        <p className="text-16 font-semibold">{words.effect[answer.effect]}</p>
        <p className="mt-1">
          <DataText value={answer.reason} plain />
        </p>
        <p className="mt-1 text-13 text-muted">
          {text.card.reasonCode} <DataText value={answer.reason_code} />
        </p>
      </div>
      {answer.shadow.length > 0 && (
        <div>
          <h3 className="text-13 font-semibold">{words.shadow}</h3>
          <ul className="mt-1 text-13">
            {answer.shadow.map((finding) => (
              <li key={finding.policy_id}>
                {policyText.backtest.effect[finding.effect]}: <DataText value={finding.reason} plain />
              </li>
            ))}
          </ul>
        </div>
      )}
      <h3 className="text-13 font-semibold">{words.rules}</h3>
      <ul className="divide-y divide-line text-13">
        {answer.policies.map((policy) => (
          <li key={policy.policy_id} className="py-2">
            <p className="flex flex-wrap items-baseline gap-x-3">
              <span className="font-medium">
                <DataText value={policy.name} plain fold={120} />
              </span>
              <span>{rule.effect[policy.effect]}</span>
              {policy.mode === 'shadow' && <span className="text-doubt">{policyText.policies.shadow}</span>}
              <span className={policy.outcome === 'matched' ? '' : 'text-muted'}>
                {words.outcome[policy.outcome]}
              </span>
            </p>
            <ul className="mt-1">
              {policy.conditions.map((condition, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: one rule's list, never reordered
                <li key={index} className="flex flex-wrap gap-x-2 text-muted">
                  <DataText value={condition.field} />
                  <span>{rule.operator[condition.operator]}</span>
                  {condition.value !== null && (
                    <DataText value={JSON.stringify(condition.value)} fold={120} />
                  )}
                  <span>{rule.outcome[condition.outcome]}</span>
                </li>
              ))}
            </ul>
          </li>
        ))}
      </ul>
    </div>
  )
}
