import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { CircleCheck, CircleSlash, CircleX, Clock, type LucideIcon } from 'lucide-react'
import type { AlertHistory } from '../../ops/alerts/schema.ts'
import { resolveAlert } from '../api/ops-client.ts'
import { alertsQuery } from '../api/ops-queries.ts'
import { installationQuery } from '../api/queries.ts'
import { nameOf, usePeople } from '../audit/use-people.ts'
import { ActionFailed } from '../runs/action-failed.tsx'
import { text } from '../text.ts'
import { Button } from '../ui/button.tsx'
import { CopyAction } from '../ui/copy-button.tsx'
import { DataText } from '../ui/data-text.tsx'
import { Fact, Facts, Section } from '../ui/facts.tsx'
import { Fill } from '../ui/fill.tsx'
import { formatAbsolute } from '../ui/format-time.ts'
import { makeCurl } from '../ui/make-curl.ts'
import { Mark, type Tone } from '../ui/note.tsx'
import { RelativeTime } from '../ui/relative-time.tsx'
import { sayThreshold } from './alert-draft.ts'
import { useMayChange } from './alerts-page.tsx'
import { RaisedState } from './history-view.tsx'

const words = text.raised
type Delivery = AlertHistory['deliveries'][number]

/** One time that an alert was raised: the number, who was told and how that went, and the end of it. */
export function RaisedDetail({ raised }: { raised: AlertHistory }) {
  const { facts } = words
  const people = usePeople()
  const client = useQueryClient()
  const mayChange = useMayChange()
  const rule = useQuery(alertsQuery).data?.find(({ id }) => id === raised.alert_config_id)
  const needsKey = useQuery(installationQuery).data?.mode === 'authenticated'
  const resolve = useMutation({
    mutationFn: () => resolveAlert(raised.id),
    onSettled: () => client.invalidateQueries({ queryKey: ['alerts'] }),
  })
  const measured = readMeasured(raised.metadata)
  const path = `/api/v1/alerts/history/${encodeURIComponent(raised.id)}/resolve`
  return (
    <article aria-labelledby="raised-title" className="max-w-160">
      <h2 id="raised-title" className="mb-2 text-16 font-semibold wrap-anywhere">
        <DataText value={raised.message} plain fold={400} />
      </h2>
      <Facts>
        <Fact term={words.filter}>
          <RaisedState raised={raised} />
        </Fact>
        <Fact term={facts.raised}>
          {formatAbsolute(raised.triggered_at)}{' '}
          <span className="text-muted">
            (<RelativeTime iso={raised.triggered_at} />)
          </span>
        </Fact>
        {measured && (
          <>
            <Fact term={facts.value}>{measured.value}</Fact>
            <Fact term={facts.threshold}>{measured.threshold}</Fact>
          </>
        )}
        {raised.resolved_at !== null && (
          <Fact term={facts.resolved}>
            <Fill
              sentence={words.by}
              time={<RelativeTime iso={raised.resolved_at} />}
              who={<DataText value={nameOf(people, raised.resolved_by ?? '')} plain fold={80} />}
            />
          </Fact>
        )}
        <Fact term={facts.rule}>
          <Link
            to="/alerts"
            search={{ rule: raised.alert_config_id }}
            className="text-accent underline underline-offset-2"
          >
            <DataText value={rule?.name ?? raised.alert_config_id} plain={rule !== undefined} fold={80} />
          </Link>
        </Fact>
      </Facts>
      <div className="my-4 flex flex-wrap items-center gap-3">
        {mayChange && raised.resolved_at === null && (
          <>
            <Button icon={CircleCheck} disabled={resolve.isPending} onClick={() => resolve.mutate()}>
              {words.resolve}
            </Button>
            <span className="text-13 text-muted">{words.resolveHint}</span>
          </>
        )}
        <CopyAction value={makeCurl({ path, needsKey, body: {} })}>{text.run.copyCurl}</CopyAction>
      </div>
      <div aria-live="polite">
        {resolve.error && <ActionFailed error={resolve.error} refused={words.unchanged} />}
      </div>
      <Section title={words.deliveries}>
        {raised.deliveries.length === 0 && <p className="text-muted">{words.noChannels}</p>}
        <ul className="divide-y divide-line">
          {raised.deliveries.map((delivery) => (
            <li key={delivery.channel} className="py-2">
              <DeliveryLine delivery={delivery} />
            </li>
          ))}
        </ul>
      </Section>
    </article>
  )
}

const LOOKS: Record<Delivery['status'], { tone: Tone; icon: LucideIcon }> = {
  delivered: { tone: 'ok', icon: CircleCheck },
  pending: { tone: 'wait', icon: Clock },
  failed: { tone: 'stop', icon: CircleX },
  not_delivered: { tone: 'doubt', icon: CircleSlash },
}

function DeliveryLine({ delivery }: { delivery: Delivery }) {
  const { channel, status, attempts, reason, delivered_at: at } = delivery
  const { tone, icon } = LOOKS[status]
  return (
    <>
      <p className="flex flex-wrap items-center gap-x-4">
        <span className="min-w-20 font-medium">{text.alerts.channel[channel]}</span>
        <Mark tone={tone} icon={icon}>
          {words.state[status]}
        </Mark>
        <span className="text-13 text-muted">
          {attempts > 0 && words.attempts(attempts)}
          {at !== null && (
            <>
              {', '}
              <RelativeTime iso={at} />
            </>
          )}
        </span>
      </p>
      {reason !== null && (
        <p className="mt-1 text-13 text-muted">
          <DataText value={reason === 'unconfigured' ? words.unconfigured : reason} plain />
        </p>
      )}
    </>
  )
}

/** What was measured when it was raised, in the words of its rule. */
function readMeasured(metadata: AlertHistory['metadata']) {
  const { rule: rules, operator: operators } = text.alerts
  const { rule_type: rule, comparison_operator: operator, value, threshold } = metadata
  if (!isKey(rules, rule) || !isKey(operators, operator)) return null
  if (typeof value !== 'number' || typeof threshold !== 'number') return null
  return {
    value: `${rules[rule]}: ${sayThreshold(rule, Math.round(value * 10_000) / 10_000)}`,
    threshold: `${operators[operator]} ${sayThreshold(rule, threshold)}`,
  }
}

const isKey = <T extends object>(words: T, name: unknown): name is keyof T =>
  typeof name === 'string' && Object.hasOwn(words, name)
