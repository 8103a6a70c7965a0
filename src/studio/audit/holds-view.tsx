import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Info, LockKeyhole, LockKeyholeOpen } from 'lucide-react'
import { useState } from 'react'
import type { AuditHold } from '../../ops/audit/schema.ts'
import { releaseAuditHold } from '../api/ops-client.ts'
import { auditHoldsQuery } from '../api/ops-queries.ts'
import { installationQuery } from '../api/queries.ts'
import { ActionFailed } from '../runs/action-failed.tsx'
import { text } from '../text.ts'
import { Button } from '../ui/button.tsx'
import { CopyAction } from '../ui/copy-button.tsx'
import { DataText } from '../ui/data-text.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { ErrorNote } from '../ui/error-note.tsx'
import { Fill } from '../ui/fill.tsx'
import { IdText } from '../ui/id-text.tsx'
import { makeCurl } from '../ui/make-curl.ts'
import { Mark, Note } from '../ui/note.tsx'
import { RelativeTime } from '../ui/relative-time.tsx'
import { SkeletonRows } from '../ui/skeleton.tsx'
import { HoldForm } from './hold-form.tsx'
import { nameOf, usePeople } from './use-people.ts'

const words = text.holds

/** What keeps entries from being pruned, and by whom. */
export function HoldsView() {
  const installation = useQuery(installationQuery).data
  const isAdmin = installation?.principal?.role === 'admin'
  const query = useQuery({ ...auditHoldsQuery, enabled: isAdmin })
  const needsKey = installation?.mode === 'authenticated'
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section aria-label={words.title} tabIndex={0} className="min-h-0 flex-1 overflow-y-auto p-4">
      <div className="max-w-200 space-y-4">
        <p>{words.body}</p>
        <Note tone="muted" icon={Info}>
          <p>{words.onlyAdmins}</p>
        </Note>
        {query.isError && <ErrorNote error={query.error} onRetry={() => void query.refetch()} />}
        {isAdmin && query.isPending && <SkeletonRows rows={3} />}
        {query.data && (
          <>
            {query.data.length === 0 ? (
              <p className="text-muted">{words.none}</p>
            ) : (
              <Holds holds={query.data} />
            )}
            <HoldForm />
            <CopyAction value={makeCurl({ path: '/api/v1/audit/holds', needsKey })}>
              {text.run.copyCurl}
            </CopyAction>
          </>
        )}
      </div>
    </section>
  )
}

function Holds({ holds }: { holds: AuditHold[] }) {
  const [lifting, setLifting] = useState<AuditHold | null>(null)
  const client = useQueryClient()
  const lift = useMutation({
    mutationFn: (id: string) => releaseAuditHold(id),
    onSuccess: () => setLifting(null),
    onSettled: () => client.invalidateQueries({ queryKey: auditHoldsQuery.queryKey }),
  })
  return (
    <>
      <ul aria-label={words.list} className="divide-y divide-line border-y border-line">
        {holds.map((hold) => (
          <li key={hold.id} className="flex flex-wrap items-start gap-x-4 gap-y-1 py-3">
            <HoldLine hold={hold} />
            {hold.released_at === null && (
              <Button onClick={() => setLifting(hold)} className="ml-auto">
                {words.lift}
              </Button>
            )}
          </li>
        ))}
      </ul>
      <Dialog isOpen={lifting !== null} title={words.liftTitle} onClose={() => setLifting(null)}>
        {lifting && (
          <p className="font-medium">
            <DataText value={lifting.reason} plain fold={400} />
          </p>
        )}
        <p className="mt-2 mb-4">{words.liftBody}</p>
        {lift.error && <ActionFailed error={lift.error} refused={words.unchanged} />}
        <div className="mt-4 flex flex-wrap gap-3">
          <Button tone="stop" disabled={lift.isPending} onClick={() => lifting && lift.mutate(lifting.id)}>
            {words.liftDo}
          </Button>
          <Button onClick={() => setLifting(null)}>{text.common.cancel}</Button>
        </div>
      </Dialog>
    </>
  )
}

function HoldLine({ hold }: { hold: AuditHold }) {
  const people = usePeople()
  const who = (id: string) => {
    const name = nameOf(people, id)
    return name === id ? <IdText id={id} /> : <DataText value={name} plain fold={80} />
  }
  return (
    <div className="min-w-0 flex-1">
      <p className="flex flex-wrap items-center gap-x-3">
        <span className="text-13">
          {hold.released_at === null ? (
            <Mark tone="wait" icon={LockKeyhole}>
              {words.open}
            </Mark>
          ) : (
            <Mark tone="muted" icon={LockKeyholeOpen}>
              {words.lifted}
            </Mark>
          )}
        </span>
        <span className="data">
          {words.span(hold.from?.slice(0, 10) ?? words.beginning, hold.until?.slice(0, 10) ?? words.noEnd)}
        </span>
      </p>
      <p className="mt-1">
        <DataText value={hold.reason} plain fold={400} />
      </p>
      <p className="mt-1 text-13 text-muted">
        <Fill sentence={words.by} who={who(hold.created_by)} time={<RelativeTime iso={hold.created_at} />} />
        {hold.released_at !== null && (
          <>
            {', '}
            <Fill
              sentence={words.liftedBy}
              who={who(hold.released_by ?? '')}
              time={<RelativeTime iso={hold.released_at} />}
            />
          </>
        )}
      </p>
    </div>
  )
}
