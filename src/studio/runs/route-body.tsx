import type { RunEvent } from '../../engine/runs/schema.ts'
import { text } from '../text.ts'
import { DataText } from '../ui/data-text.tsx'
import { Fact, Facts, Section } from '../ui/facts.tsx'
import { ValueView } from '../ui/value-view.tsx'
import { textIn } from './read-payload.ts'

/** Which way a run took, and who or what chose it. */
export function RouteBody({ payload }: { payload: RunEvent['payload'] }) {
  const { route } = text.event
  const by = textIn(payload.by)
  return (
    <Section title={route.title}>
      <Facts>
        <Fact term={route.chosen}>
          <DataText value={textIn(payload.route_id) ?? text.common.nothing} fold={80} />
        </Fact>
        <Fact term={route.leadsTo}>
          <DataText value={textIn(payload.target_node) ?? route.end} fold={80} />
        </Fact>
        <Fact term={route.by}>
          {by !== null && by in route.byWho ? route.byWho[by as keyof typeof route.byWho] : by}
        </Fact>
      </Facts>
      <h4 className="mt-3 mb-1 text-13 text-muted">{route.answer}</h4>
      <ValueView value={payload.answer} what={route.answer} />
    </Section>
  )
}
