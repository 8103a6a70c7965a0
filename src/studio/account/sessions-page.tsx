import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { CircleDot } from 'lucide-react'
import { useState } from 'react'
import type { SessionView } from '../../identity/schema.ts'
import { revokeSession } from '../api/people-client.ts'
import { sessionsQuery } from '../api/people-queries.ts'
import { ActionFailed } from '../runs/action-failed.tsx'
import { text } from '../text.ts'
import { Button } from '../ui/button.tsx'
import { CopyLink } from '../ui/copy-button.tsx'
import { DataLine, DataText } from '../ui/data-text.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { ErrorNote } from '../ui/error-note.tsx'
import { makeCurl } from '../ui/make-curl.ts'
import { Mark } from '../ui/note.tsx'
import { idOf } from '../ui/paged-list.tsx'
import { RelativeTime } from '../ui/relative-time.tsx'
import { SkeletonRows } from '../ui/skeleton.tsx'
import { useTitle } from '../ui/use-title.ts'
import { VirtualList } from '../ui/virtual-list.tsx'
import { describeAgent } from './describe-agent.ts'
import { signOut } from './sign-out.ts'

const words = text.sessions

/** Where one is signed in, and ending it. */
export function SessionsPage() {
  useTitle(words.title)
  const query = useQuery(sessionsQuery)
  const [ending, setEnding] = useState<SessionView | null>(null)
  return (
    <div className="flex h-full flex-col">
      <header className="flex min-h-12 shrink-0 flex-wrap items-center gap-x-4 border-b border-line px-4 py-1.5">
        <h1 className="text-16 font-semibold">{words.title}</h1>
        {query.data && <span className="text-13 text-muted">{words.count(query.data.length)}</span>}
        <span className="ml-auto">
          <CopyLink value={makeCurl({ path: '/api/v1/auth/sessions', needsKey: true, needsSession: true })}>
            {text.run.copyCurl}
          </CopyLink>
        </span>
      </header>
      {query.isError && (
        <div className="shrink-0 p-4">
          <ErrorNote error={query.error} onRetry={() => void query.refetch()}>
            {query.data && <p>{text.errors.stale}</p>}
          </ErrorNote>
        </div>
      )}
      {query.isPending && <SkeletonRows />}
      {query.data && (
        <VirtualList
          items={query.data}
          keyOf={idOf}
          label={words.list}
          head={<Columns />}
          className="min-h-0 flex-1"
          renderItem={(session) => <SessionRow session={session} onEnd={() => setEnding(session)} />}
        />
      )}
      <EndDialog session={ending} onClose={() => setEnding(null)} />
    </div>
  )
}

const GRID =
  'grid items-center content-center gap-x-3 px-4 grid-cols-[minmax(0,3fr)_minmax(0,2fr)_6rem_6rem_6rem] @max-lg:grid-cols-[minmax(0,1fr)_auto_4rem]'

function SessionRow({ session, onEnd }: { session: SessionView; onEnd: () => void }) {
  const where = sayWhere(session)
  return (
    <div className={`${GRID} h-full border-b border-line text-14`}>
      <span
        className="flex min-w-0 items-center gap-3 @max-lg:col-span-2"
        title={session.user_agent ?? undefined}
      >
        <span className="truncate">
          <DataLine value={where} />
        </span>
        {session.current && (
          <span className="text-12">
            <Mark tone="ok" icon={CircleDot}>
              {words.current}
            </Mark>
          </span>
        )}
      </span>
      <span className="truncate text-13 text-muted @max-lg:row-start-2">
        <DataLine value={session.ip ?? text.common.nothing} plain={false} />
      </span>
      <span className="text-right text-13 text-muted @max-lg:hidden">
        <RelativeTime iso={session.created_at} />
      </span>
      <span className="text-right text-13 text-muted @max-lg:col-start-2 @max-lg:row-start-2">
        {session.last_used_at ? <RelativeTime iso={session.last_used_at} /> : words.notUsed}
      </span>
      <span className="text-right @max-lg:col-start-3 @max-lg:row-span-2 @max-lg:row-start-1">
        {session.current ? (
          <button type="button" onClick={() => void signOut()} className={ROW_ACTION}>
            {text.signIn.signOut}
          </button>
        ) : (
          <button type="button" onClick={onEnd} aria-label={words.endWhat(where)} className={ROW_ACTION}>
            {words.end}
          </button>
        )}
      </span>
    </div>
  )
}

const ROW_ACTION = 'inline-flex min-h-8 items-center text-13 text-accent underline underline-offset-2'

function Columns() {
  return (
    <div className={GRID}>
      <span>{words.columns.where}</span>
      <span>{words.columns.ip}</span>
      <span className="text-right">{words.columns.since}</span>
      <span className="text-right">{words.columns.used}</span>
      <span />
    </div>
  )
}

function EndDialog({ session, onClose }: { session: SessionView | null; onClose: () => void }) {
  const client = useQueryClient()
  const end = useMutation({
    mutationFn: revokeSession,
    onSuccess: onClose,
    onSettled: () => client.invalidateQueries({ queryKey: sessionsQuery.queryKey }),
  })
  const close = () => {
    end.reset()
    onClose()
  }
  return (
    <Dialog isOpen={session !== null} title={words.endTitle} onClose={close}>
      {session && (
        <div className="space-y-3">
          <p className="font-medium">
            <DataText value={[sayWhere(session), session.ip].filter(Boolean).join(', ')} plain />
          </p>
          <p>{words.endBody}</p>
          {end.isError && (
            <ActionFailed error={end.error} refused={words.nothingEnded} unanswered={text.account.noAnswer} />
          )}
          <div className="flex flex-wrap gap-3">
            <Button tone="stop" disabled={end.isPending} onClick={() => end.mutate(session.id)}>
              {end.isPending ? words.ending : words.endDo}
            </Button>
            <Button onClick={close}>{text.common.cancel}</Button>
          </div>
        </div>
      )}
    </Dialog>
  )
}

function sayWhere({ user_agent: userAgent }: SessionView): string {
  if (!userAgent) return words.unknownAgent
  const { program, system } = describeAgent(userAgent)
  return system ? words.on(program, system) : program
}
