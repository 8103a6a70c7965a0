import { useQuery } from '@tanstack/react-query'
import { installationQuery } from '../api/queries.ts'
import { serverNow } from '../api/server-clock.ts'
import { text } from '../text.ts'
import { CommandBlock } from '../ui/command-block.tsx'
import { makeCurl } from '../ui/make-curl.ts'

export function EmptyJournals() {
  const needsKey = useQuery(installationQuery).data?.mode === 'authenticated'
  const command = makeCurl({
    path: '/v1/events',
    needsKey,
    body: {
      id: 'evt_1',
      run_id: 'run_1',
      timestamp: new Date(serverNow()).toISOString(),
      type: 'intent',
      actor: 'agent',
      title: 'Tidy the inbox',
      details: 'Read new mail and draft answers',
      approval: { status: 'not_required' },
    },
  })
  return (
    <div className="max-w-[80ch] overflow-y-auto p-4">
      <h2 className="text-16 font-semibold">{text.runs.emptyTitle}</h2>
      <p className="mt-1 mb-3 text-muted">{text.runs.emptyBody}</p>
      <CommandBlock command={command} what={text.inbox.emptyWhat} />
    </div>
  )
}
