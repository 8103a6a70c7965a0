import { Link } from '@tanstack/react-router'
import type { AuditLog } from '../../ops/audit/schema.ts'
import { text } from '../text.ts'
import { CopyButton } from '../ui/copy-button.tsx'
import { DataText } from '../ui/data-text.tsx'
import { Fact, Facts, Fold, Section } from '../ui/facts.tsx'
import { Fill } from '../ui/fill.tsx'
import { formatAbsolute } from '../ui/format-time.ts'
import { IdText } from '../ui/id-text.tsx'
import { JsonText } from '../ui/json-text.tsx'
import { RelativeTime } from '../ui/relative-time.tsx'
import { type Change, describeChanges } from './describe-changes.ts'
import { nameOf, type People } from './use-people.ts'

const words = text.audit
const LINK = 'text-13 text-accent underline underline-offset-2'

/** One thing that somebody did: what changed, from where, and the event that proves it. */
export function AuditDetail({ log, people }: { log: AuditLog; people: People }) {
  const { facts } = words
  const { actor, user_id: owner, resource_id: resource } = log
  const isForSomebody = owner !== null && actor !== `user:${owner}`
  return (
    <article aria-labelledby="entry-title">
      <h2 id="entry-title" className="mb-2 text-20 font-semibold wrap-anywhere">
        {words.did[log.action]} <DataText value={log.resource_type} plain />
      </h2>
      <Facts>
        <Fact term={facts.when}>
          {formatAbsolute(log.created_at)}{' '}
          <span className="text-muted">
            (<RelativeTime iso={log.created_at} />)
          </span>
        </Fact>
        <Fact term={facts.actor}>
          <Person id={actor} people={people} />
        </Fact>
        {isForSomebody && (
          <Fact term={facts.owner}>
            <Person id={owner} people={people} />
          </Fact>
        )}
        <Fact term={facts.what}>
          {resource === null ? (
            <DataText value={log.resource_type} />
          ) : (
            <>
              <DataText value={resource} fold={120} />
              <CopyButton value={resource} what={words.resource} />
            </>
          )}
        </Fact>
        <Fact term={facts.address}>
          {log.ip_address === null ? <Unknown /> : <DataText value={log.ip_address} />}
        </Fact>
        <Fact term={facts.agent}>
          {log.user_agent === null ? <Unknown /> : <DataText value={log.user_agent} plain fold={160} />}
        </Fact>
        <Fact term={facts.event}>
          <span className="flex flex-wrap items-center gap-x-3">
            <IdText id={log.id} copy={log.id} />
            <Link
              to="/runs/$runId"
              params={{ runId: log.run_id }}
              search={{ event: log.id }}
              className={LINK}
            >
              {words.openEvent}
            </Link>
          </span>
        </Fact>
      </Facts>
      <p className="my-3 flex flex-wrap gap-x-4">
        {owner !== null && (
          <Link to="/audit" search={{ who: owner }} className={LINK}>
            {words.byThem}
          </Link>
        )}
        {resource !== null && (
          <Link to="/audit" search={{ type: log.resource_type, resource }} className={LINK}>
            {words.ofThing}
          </Link>
        )}
      </p>
      <Section title={words.changes}>
        {log.changes === null || Object.keys(log.changes).length === 0 ? (
          <p className="text-muted">{words.noChanges}</p>
        ) : (
          <ul className="space-y-1.5">
            {describeChanges(log.changes).map((change) => (
              <li key={change.member}>
                <ChangeLine change={change} />
              </li>
            ))}
          </ul>
        )}
        <Fold summary={words.asJson}>
          <JsonText value={log} />
        </Fold>
      </Section>
    </article>
  )
}

function ChangeLine({ change: { member, from, to } }: { change: Change }) {
  const sentence = from === null ? words.added : to === null ? words.removed : words.changed
  return (
    <Fill
      sentence={sentence}
      member={<span className="text-muted">{member}</span>}
      from={<DataText value={from ?? ''} fold={400} />}
      to={<DataText value={to ?? ''} fold={400} />}
    />
  )
}

function Person({ id, people }: { id: string; people: People }) {
  const name = nameOf(people, id)
  return (
    <span className="flex flex-wrap items-center gap-x-3">
      {name !== id && <DataText value={name} plain fold={80} />}
      <IdText id={id} copy={id} />
    </span>
  )
}

const Unknown = () => <span className="text-muted">{words.facts.unknown}</span>
