import { useMutation, useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Play } from 'lucide-react'
import { type FormEvent, useRef, useState } from 'react'
import type { Run } from '../../engine/runs/schema.ts'
import { ApiError } from '../api/api-error.ts'
import { installationQuery } from '../api/queries.ts'
import { type StartRunInput, startRun } from '../api/workflow-client.ts'
import { ActionFailed } from '../runs/action-failed.tsx'
import type { Fault } from '../schema-form/draft.ts'
import { InputFields } from '../schema-form/input-fields.tsx'
import { useInputForm } from '../schema-form/use-input-form.ts'
import { text } from '../text.ts'
import { Button } from '../ui/button.tsx'
import { CopyLink } from '../ui/copy-button.tsx'
import { Fold } from '../ui/facts.tsx'
import { makeCurl } from '../ui/make-curl.ts'
import { LIMITS, LimitFields, type Limits, readLimits } from './limit-fields.tsx'
import { ModeChoice } from './mode-choice.tsx'

type StartFormProps = { workflowId: string; inputSchema: unknown }

/** Starts a run: what it is given, how far it may go by itself, and what it may use up. */
export function StartForm({ workflowId, inputSchema }: StartFormProps) {
  const navigate = useNavigate()
  const needsKey = useQuery(installationQuery).data?.mode === 'authenticated'
  const element = useRef<HTMLFormElement>(null)
  const form = useInputForm(inputSchema)
  const [mode, setMode] = useState<Run['mode']>('draft')
  const [limits, setLimits] = useState<Limits>({})
  const [limitFaults, setLimitFaults] = useState<ReadonlyMap<string, string>>(new Map())
  /** What is wrong and has no field of its own. */
  const [others, setOthers] = useState<Fault[]>([])

  const start = useMutation({
    mutationFn: (body: StartRunInput) => startRun(workflowId, body),
    onSuccess: (run) => navigate({ to: '/runs/$runId', params: { runId: run.id } }),
    onError: (error) => {
      if (error instanceof ApiError && error.status === 422) showFaults(error.details)
    },
  })

  const showFaults = (faults: Fault[]) => {
    const ofLimits = faults.filter(({ path }) => (LIMITS as readonly string[]).includes(path))
    setLimitFaults(new Map(ofLimits.map(({ path, message }) => [path, message])))
    setOthers(form.showFaults(faults.filter((fault) => !ofLimits.includes(fault))))
    focusFirstFault(element.current)
  }
  const readBody = (): StartRunInput | undefined => {
    const input = form.read()
    const { values, faults } = readLimits(limits)
    setLimitFaults(faults)
    setOthers([])
    if (input !== undefined && faults.size === 0) return { input, mode, ...values }
    focusFirstFault(element.current)
    return undefined
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    start.reset()
    const body = readBody()
    if (body) start.mutate(body)
  }
  const faultCount = form.faults.size + limitFaults.size
  return (
    <form ref={element} onSubmit={submit} noValidate aria-labelledby="start-title" className="space-y-5">
      <h2 id="start-title" className="text-16 font-semibold">
        {text.start.title}
      </h2>
      <fieldset className="space-y-3">
        <legend className="mb-2 text-13 font-semibold">{text.start.input}</legend>
        {!form.hasFields && <p className="text-13 text-muted">{text.start.noSchema}</p>}
        <InputFields form={form} label={text.start.json} />
      </fieldset>
      <ModeChoice mode={mode} onChange={setMode} />
      <Fold summary={text.start.limits} isForced={limitFaults.size > 0}>
        <LimitFields limits={limits} faults={limitFaults} onChange={setLimits} />
      </Fold>
      <div className="flex flex-wrap items-center gap-4">
        <Button type="submit" tone="accent" icon={Play} disabled={start.isPending}>
          {start.isPending ? text.start.busy : text.start.send}
        </Button>
        <CopyLink value={() => makeStartCurl(workflowId, needsKey, readBody())}>{text.run.copyCurl}</CopyLink>
      </div>
      <div aria-live="polite" className="space-y-3">
        {start.isPending && <p className="text-13 text-muted">{text.start.busyHint}</p>}
        {!start.isPending && faultCount > 0 && (
          <p className="text-13 text-stop">{text.start.faults(faultCount)}</p>
        )}
        {start.isError && <StartFailed error={start.error} others={others} isPlaced={faultCount > 0} />}
      </div>
    </form>
  )
}

type StartFailedProps = { error: unknown; others: Fault[]; isPlaced: boolean }

/** A refusal that stands at its fields is not told twice; no answer is not a failure. */
function StartFailed({ error, others, isPlaced }: StartFailedProps) {
  const isRefused = error instanceof ApiError && error.status < 500
  if (isRefused && isPlaced && others.length === 0) return null
  return <ActionFailed error={error} refused={text.start.nothingStarted} unanswered={text.start.noAnswer} />
}

/** After the faults are on the page. */
function focusFirstFault(form: HTMLFormElement | null): void {
  requestAnimationFrame(() => form?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus())
}

function makeStartCurl(workflowId: string, needsKey: boolean, body: StartRunInput | undefined): string {
  return makeCurl({
    path: `/api/v1/workflows/${encodeURIComponent(workflowId)}/runs`,
    needsKey,
    body: body ?? { input: {}, mode: 'draft' },
  })
}
