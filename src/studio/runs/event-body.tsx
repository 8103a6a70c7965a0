import type { ReactNode } from 'react'
import type { RunEvent } from '../../engine/runs/schema.ts'
import { text } from '../text.ts'
import { Fold, Section } from '../ui/facts.tsx'
import { JsonText } from '../ui/json-text.tsx'
import { DecisionBody } from './decision-body.tsx'
import { ModelCallBody } from './model-call-body.tsx'
import { RouteBody } from './route-body.tsx'
import { ToolCallBody } from './tool-call-body.tsx'

const BODIES: Record<string, (props: { payload: RunEvent['payload'] }) => ReactNode> = {
  policy_eval: DecisionBody,
  llm_call: ModelCallBody,
  tool_call_intended: ToolCallBody,
  tool_call: ToolCallBody,
  route_chosen: RouteBody,
}

/** Whether its payload says all that its words do, and more. */
export function tellsItself({ kind }: RunEvent): boolean {
  return kind in BODIES
}

/** What an event of a run carries: in words where it is known what it means, and always whole. */
export function EventBody({ event }: { event: RunEvent }) {
  const Body = BODIES[event.kind]
  if (!Body) {
    return (
      <Section title={text.event.payload}>
        <JsonText value={event.payload} />
      </Section>
    )
  }
  return (
    <>
      <Body payload={event.payload} />
      <Section title={text.event.payload}>
        <Fold summary={text.card.asJson}>
          <JsonText value={event.payload} />
        </Fold>
      </Section>
    </>
  )
}
