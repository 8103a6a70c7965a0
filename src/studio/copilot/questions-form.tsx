import { useMutation } from '@tanstack/react-query'
import { SendHorizontal } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import type { Artifacts } from '../../apps/copilot/schema.ts'
import { provideInput } from '../api/copilot-client.ts'
import { ActionFailed } from '../runs/action-failed.tsx'
import { copilotText } from '../text-copilot.ts'
import { Button } from '../ui/button.tsx'
import { DataText } from '../ui/data-text.tsx'
import { TextField } from '../ui/field.tsx'

const says = copilotText.copilotAnswer

type FormProps = {
  runId: string
  questionId: string | null
  needs: NonNullable<Artifacts['needs_input']>
  onAnswered: () => Promise<unknown>
}

/** What has to be known before there is a plan: one field for each question. */
export function QuestionsForm({ runId, questionId, needs, onAnswered }: FormProps) {
  const [answers, setAnswers] = useState<Record<string, string>>({})
  const [wasSent, setSent] = useState(false)
  const send = useMutation({
    mutationFn: () => {
      const given = needs.missing.map((slot) => [slot, answers[slot]!.trim()])
      return provideInput(runId, Object.fromEntries(given), questionId)
    },
    onSettled: onAnswered,
  })
  const isMissing = (slot: string) => (answers[slot] ?? '').trim() === ''
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setSent(true)
    if (!send.isPending && !needs.missing.some(isMissing)) send.mutate()
  }
  return (
    <form
      onSubmit={submit}
      noValidate
      aria-label={says.questions}
      className="space-y-3 rounded-md border border-wait/50 bg-panel px-4 py-3 shadow-panel"
    >
      <h2 className="text-16 font-semibold">{says.questions}</h2>
      {needs.missing.map((slot, index) => (
        <div key={slot}>
          <p className="mb-1">
            <DataText value={needs.questions[index] ?? ''} plain fold={600} />
          </p>
          <TextField
            label={says.slots[slot] ?? slot}
            hint={optionsOf(needs.data, slot)}
            fault={wasSent && isMissing(slot) ? says.needed : undefined}
            value={answers[slot] ?? ''}
            maxLength={1000}
            autoComplete="off"
            onChange={(event) => setAnswers({ ...answers, [slot]: event.target.value })}
          />
        </div>
      ))}
      <Button type="submit" tone="accent" icon={SendHorizontal} disabled={send.isPending}>
        {send.isPending ? copilotText.copilot.asking : says.send}
      </Button>
      {send.isError && (
        <ActionFailed error={send.error} refused={says.refused} unanswered={says.unanswered} />
      )}
    </form>
  )
}

const TOKEN_SLOTS = new Set(['token_in', 'token_out', 'token', 'asset'])
const ROUTER_SLOTS = new Set(['router_key', 'spender'])

function optionsOf(data: Record<string, unknown>, slot: string): string | undefined {
  const name = TOKEN_SLOTS.has(slot) ? 'token_options' : ROUTER_SLOTS.has(slot) ? 'router_options' : ''
  const options = data[name]
  return Array.isArray(options) ? says.options(options.join(', ')) : undefined
}
