import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { installationQuery } from '../api/queries.ts'
import { text } from '../text.ts'
import { CommandBlock } from '../ui/command-block.tsx'
import { makeCurl } from '../ui/make-curl.ts'

/** @param teaches for whoever has not seen an approval yet. */
export function EmptyInbox({ teaches }: { teaches: boolean }) {
  // A decision is asked for once: a second try of the same command needs another name.
  const [name] = useState(() => `try-${Date.now().toString(36)}`)
  const needsKey = useQuery(installationQuery).data?.mode === 'authenticated'
  return (
    <div className="min-h-0 max-w-[80ch] flex-1 overflow-y-auto p-4">
      <h2 className="text-16 font-semibold">{text.inbox.emptyTitle}</h2>
      <p className="mt-1 mb-3 text-muted">
        {text.inbox.emptyBody} {teaches && text.inbox.emptyTeach}
      </p>
      {teaches && <CommandBlock command={makeFirstApproval(name, needsKey)} what={text.inbox.emptyWhat} />}
    </div>
  )
}

/** Authorize a purchase above the limit, then register the approval it needs. */
function makeFirstApproval(name: string, needsKey: boolean): string {
  const authorize = makeCurl({
    path: '/v1/mcp/authorize_action',
    needsKey,
    body: {
      intent: { action: 'purchase.create' },
      context: { request_id: name, amount: 101, currency: 'EUR', merchant: 'ACME' },
    },
  })
  const register = makeCurl({
    path: '/v1/approvals/requests',
    needsKey,
    body: {
      decision_id: '$DECISION',
      run_id: `run_${name}`,
      requested_by: 'my-agent',
      title: 'Buy office supplies',
      details: 'The printer is out of paper',
      risk_level: 'medium',
    },
  }).replace('$DECISION', `'"$DECISION"'`)
  const readId = `sed -E 's/.*"decision_id": ?"([^"]+)".*/\\1/'`
  return `DECISION=$(${authorize} \\\n  | ${readId})\n\n${register}`
}
