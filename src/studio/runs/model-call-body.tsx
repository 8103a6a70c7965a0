import type { ReactNode } from 'react'
import type { RunEvent } from '../../engine/runs/schema.ts'
import { text } from '../text.ts'
import { DataText } from '../ui/data-text.tsx'
import { Fact, Facts, Section } from '../ui/facts.tsx'
import { formatLength } from '../ui/format-time.ts'
import { JsonText } from '../ui/json-text.tsx'
import { LinesText } from '../ui/lines-text.tsx'
import { ValueView } from '../ui/value-view.tsx'
import { listIn, numberIn, objectIn, textIn } from './read-payload.ts'
import { formatCents } from './run-cost.ts'

type Payload = RunEvent['payload']

/** A model was asked: who asked which one, what it was given and what it answered, all of it as text. */
export function ModelCallBody({ payload }: { payload: Payload }) {
  const { model } = text.event
  const tools = listIn(payload.tool_calls)
  return (
    <>
      <Section title={model.title}>
        <ModelFacts payload={payload} />
      </Section>
      <Section title={model.response}>
        {textIn(payload.response) === null ? (
          <p className="text-muted">{model.notKept(numberIn(payload.response_length) ?? 0)}</p>
        ) : payload.response === '' ? (
          <p className="text-muted">{model.noText}</p>
        ) : (
          <Answer response={textIn(payload.response)!} />
        )}
        {tools.length > 0 && (
          <div className="mt-3">
            <h4 className="mb-1 text-13 text-muted">{model.asksTools}</h4>
            <JsonText value={tools} />
          </div>
        )}
      </Section>
      {payload.prompt !== undefined && (
        <Section title={model.prompt}>
          <Prompt prompt={objectIn(payload.prompt)} />
        </Section>
      )}
    </>
  )
}

function ModelFacts({ payload }: { payload: Payload }) {
  const { model } = text.event
  const { input_tokens, output_tokens } = objectIn(payload.usage)
  const cost = numberIn(payload.estimated_cost_cents)
  const asked = textIn(payload.requested_model)
  const error = textIn(payload.error)
  return (
    <Facts>
      {error !== null && (
        <Fact term={model.error}>
          <span className="text-stop">
            <DataText value={error} plain />
          </span>
        </Fact>
      )}
      <Fact term={model.agent}>
        <DataText value={textIn(payload.agent_id) ?? ''} fold={80} />
      </Fact>
      <Fact term={model.model}>
        <DataText value={`${textIn(payload.provider) ?? ''}/${textIn(payload.model) ?? ''}`} fold={80} />
        {asked !== null && (
          <span className="text-13 text-muted">
            {' '}
            {model.asked} <DataText value={asked} fold={80} />
          </span>
        )}
      </Fact>
      <Fact term={model.tokens}>
        {model.tokensOf(numberIn(input_tokens) ?? 0, numberIn(output_tokens) ?? 0)}
      </Fact>
      <Fact term={model.cost}>
        {cost === null ? text.cost.unknown : text.cost.counted(formatCents(cost))}
      </Fact>
      <Fact term={model.latency}>{formatLength(numberIn(payload.latency_ms) ?? 0)}</Fact>
      <Fact term={model.finish}>
        <DataText value={textIn(payload.finish_reason) ?? ''} fold={80} />
      </Fact>
    </Facts>
  )
}

/** Many answers are JSON in one line, which nobody can read; as it came it stands in the payload below. */
function Answer({ response }: { response: string }) {
  const parsed = parseObject(response)
  if (parsed !== null) return <JsonText value={parsed} />
  return <LinesText value={response} what={text.event.model.response} />
}

function parseObject(response: string): object | null {
  try {
    const value: unknown = JSON.parse(response)
    return typeof value === 'object' ? value : null
  } catch {
    return null
  }
}

function Prompt({ prompt }: { prompt: Payload }) {
  const { model } = text.event
  const system = textIn(prompt.system)
  return (
    <div className="space-y-3">
      {system !== null && (
        <Said by={model.system}>
          <LinesText value={system} what={model.system} />
        </Said>
      )}
      {listIn(prompt.messages).map((message, index) => {
        const { role, content } = objectIn(message)
        const by = textIn(role) ?? ''
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: the messages of one prompt never move
          <Said key={index} by={by in model.role ? model.role[by as keyof typeof model.role] : by}>
            <ValueView value={content} what={model.prompt} />
          </Said>
        )
      })}
    </div>
  )
}

function Said({ by, children }: { by: string; children: ReactNode }) {
  return (
    <div>
      <h4 className="mb-1 text-13 text-muted">{by}</h4>
      {children}
    </div>
  )
}
