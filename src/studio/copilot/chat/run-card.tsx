import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Eye } from 'lucide-react'
import type { Chain } from '../../api/copilot-client.ts'
import { copilotRunQuery, toolCallsQuery } from '../../api/copilot-queries.ts'
import { chatText } from '../../text-copilot-chat.ts'
import { Button } from '../../ui/button.tsx'
import { DataText } from '../../ui/data-text.tsx'
import { ErrorNote } from '../../ui/error-note.tsx'
import { Fold } from '../../ui/facts.tsx'
import { JsonText } from '../../ui/json-text.tsx'
import { SkeletonRows } from '../../ui/skeleton.tsx'
import { sayAsset } from '../asset-text.ts'
import { movesOf, readRequests } from '../read-plan.ts'
import { CopilotStatusMark } from '../status-mark.tsx'

type CardProps = {
  runId: string
  chains: Chain[]
  /** It stands beside the conversation already. */
  isBeside: boolean
  onShow(): void
}

/** The run that an answer speaks of: where it stands now, the quote, and everything that was asked of the chain for it. */
export function RunCard({ runId, chains, isBeside, onShow }: CardProps) {
  const { data: run, isError } = useQuery(copilotRunQuery(runId))
  const chain = chains.find(({ chain_id }) => chain_id === run?.chain_id)
  const quote = run?.artifacts?.quote
  const moves = run && movesOf(readRequests(run.artifacts?.tx_requests ?? []), run.wallet_address)
  const [given, got] = [moves?.sends[0]?.asset, moves?.receives[0]?.asset]
  return (
    <section className="rounded-md border border-line bg-panel px-3 py-2 text-13">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <h2 className="font-semibold">{chatText.run}</h2>
        {run && <CopilotStatusMark status={run.status} />}
        {isError && <span className="text-muted">{chatText.runAway}</span>}
        <Link
          to="/copilot/$runId"
          params={{ runId }}
          className="ml-auto text-accent underline underline-offset-2"
        >
          {chatText.openRun}
        </Link>
      </div>
      {quote && given && got && (
        <p className="mt-1 wrap-anywhere text-muted">
          {chatText.quote(
            sayAsset(chain, given, BigInt(quote.amountIn)),
            sayAsset(chain, got, BigInt(quote.arrives ?? quote.amountsOut.at(-1) ?? 0)),
            quote.blockNumber,
          )}
        </p>
      )}
      {!isBeside && (
        <Button icon={Eye} onClick={onShow} className="mt-2">
          {chatText.show}
        </Button>
      )}
      <Fold summary={chatText.asked}>
        <ToolCalls runId={runId} />
      </Fold>
    </section>
  )
}

function ToolCalls({ runId }: { runId: string }) {
  const calls = useQuery(toolCallsQuery(runId))
  if (calls.isPending) return <SkeletonRows rows={3} />
  if (calls.isError) return <ErrorNote error={calls.error} onRetry={() => void calls.refetch()} />
  if (calls.data.length === 0) return <p className="text-muted">{chatText.nothingAsked}</p>
  return (
    <ol className="divide-y divide-line">
      {calls.data.map(
        ({ id, tool_name: name, request, response, error, started_at: from, ended_at: until }) => (
          <li key={id} className="py-1">
            <Fold
              summary={
                <>
                  <span className="data">{name}</span>
                  <span>{chatText.took(Date.parse(until) - Date.parse(from))}</span>
                  {error && <span className="text-stop">{chatText.callFailed}</span>}
                </>
              }
            >
              <JsonText value={request} />
              {error ? <DataText value={error} /> : <JsonText value={response} />}
            </Fold>
          </li>
        ),
      )}
    </ol>
  )
}
