import { useQuery, useQueryClient } from '@tanstack/react-query'
import { CircleCheck, CircleX, Hourglass, ShieldX, TriangleAlert, Undo2 } from 'lucide-react'
import { useEffect } from 'react'
import type { CopilotRun, SubmittedTransaction } from '../../apps/copilot/runs/schema.ts'
import type { Artifacts } from '../../apps/copilot/schema.ts'
import type { Chain } from '../api/copilot-client.ts'
import { copilotRunQuery, transactionsPoll } from '../api/copilot-queries.ts'
import { copilotText } from '../text-copilot.ts'
import { DataText } from '../ui/data-text.tsx'
import { Fact, Facts } from '../ui/facts.tsx'
import { IdText } from '../ui/id-text.tsx'
import { Mark, Note } from '../ui/note.tsx'
import { ChangesTable } from './changes-table.tsx'
import { Leftovers } from './leftovers.tsx'

const says = copilotText.copilotExecute

const LOOK = {
  PENDING: { tone: 'wait', icon: Hourglass },
  MINED: { tone: 'wait', icon: Hourglass },
  CONFIRMED: { tone: 'ok', icon: CircleCheck },
  REVERTED: { tone: 'stop', icon: Undo2 },
  REPLACED: { tone: 'doubt', icon: TriangleAlert },
  CANCELLED: { tone: 'stop', icon: CircleX },
  DROPPED: { tone: 'stop', icon: CircleX },
  MISMATCH: { tone: 'stop', icon: ShieldX },
} as const

type SentProps = {
  run: CopilotRun
  artifacts: Artifacts
  sent: SubmittedTransaction[]
  chain: Chain | undefined
}

/** What was sent and what the chain says of it; once it is settled, what came beside what was expected. */
export function SentTransactions({ run, artifacts, sent, chain }: SentProps) {
  const isSettled = run.status === 'CONFIRMED' || run.status === 'REVERTED'
  return (
    <section
      aria-labelledby="sent-title"
      className="rounded-md border border-line bg-panel px-4 py-3 shadow-panel"
    >
      <h2 id="sent-title" className="text-16 font-semibold">
        {says.sent}
      </h2>
      <ul className="mt-1 divide-y divide-line">
        {sent.map(({ txRequestId, hash, state, detail, batch }) => (
          <li key={txRequestId} className="py-1.5">
            <div className="flex flex-wrap items-center gap-x-3 gap-y-1 text-13">
              <span className="data">{txRequestId}</span>
              <Mark {...LOOK[state]}>{says.tx[state]}</Mark>
              <IdText id={hash} copy={says.transaction} />
              {batch && <span className="text-muted">{says.inBatch(batch.position + 1, batch.size)}</span>}
            </div>
            {typeof detail.delegated_to === 'string' && (
              <Note tone="doubt" icon={TriangleAlert}>
                <span className="wrap-anywhere">{says.delegated(detail.delegated_to)}</span>
              </Note>
            )}
            {state === 'MISMATCH' ? (
              <Mismatch detail={detail} />
            ) : (
              typeof detail.reason === 'string' && (
                <p className="text-13 text-muted">
                  <DataText value={detail.reason} plain />
                </p>
              )
            )}
          </li>
        ))}
      </ul>
      {run.status === 'SUBMITTED' && (
        <Following runId={run.id} isOpen={sent.some(({ state }) => ON_ITS_WAY.has(state))} />
      )}
      {isSettled && <Settled {...{ run, artifacts, sent, chain }} />}
    </section>
  )
}

/** A transaction that the plan does not know: what is different about it, and what that means. */
function Mismatch({ detail }: Pick<SubmittedTransaction, 'detail'>) {
  const { reason, field, expected, actual, did_planned: didPlanned } = detail
  return (
    <div className="mt-1 text-13">
      {typeof field === 'string' ? (
        <Facts>
          <Fact term={says.approvedOf(says.fields[field] ?? field)}>
            <DataText value={String(expected)} />
          </Fact>
          <Fact term={says.minedOf(says.fields[field] ?? field)}>
            <DataText value={String(actual)} />
          </Fact>
        </Facts>
      ) : (
        <DataText value={String(reason ?? '')} plain />
      )}
      <p className="mt-1 text-muted">{didPlanned === true ? says.madeOtherwise : says.mismatch}</p>
    </div>
  )
}

const ON_ITS_WAY: ReadonlySet<SubmittedTransaction['state']> = new Set(['PENDING', 'MINED', 'CONFIRMED'])

function Following({ runId, isOpen }: { runId: string; isOpen: boolean }) {
  const client = useQueryClient()
  const poll = useQuery(transactionsPoll(runId))
  // biome-ignore lint/correctness/useExhaustiveDependencies: whenever the chain was asked
  useEffect(() => {
    void client.invalidateQueries({ queryKey: copilotRunQuery(runId).queryKey })
  }, [client, runId, poll.dataUpdatedAt])
  return (
    <p aria-live="polite" className="mt-2 text-13 text-muted">
      {poll.isError ? says.rpcAway : isOpen ? says.following : says.nothingOnItsWay}
    </p>
  )
}

function Settled({ run, artifacts, sent, chain }: SentProps) {
  const changes = run.artifacts?.realised?.changes
  const isConfirmed = run.status === 'CONFIRMED'
  const expected = artifacts.simulation?.assetChanges
  return (
    <div className="mt-3 space-y-3">
      <Note tone={isConfirmed ? 'ok' : 'stop'} icon={isConfirmed ? CircleCheck : Undo2}>
        {isConfirmed ? says.confirmed : says.reverted}
      </Note>
      {changes && (
        <ChangesTable
          chain={chain}
          wallet={run.wallet_address}
          columns={[
            ...(expected ? [{ title: copilotText.copilotPlan.expected, changes: expected }] : []),
            { title: copilotText.copilotPlan.realised, changes },
          ]}
        />
      )}
      {!isConfirmed && <Leftovers {...{ run, artifacts, sent, chain }} />}
    </div>
  )
}
