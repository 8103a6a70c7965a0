import { CircleCheck, CircleHelp, CircleX, ShieldX, TriangleAlert } from 'lucide-react'
import { useMemo } from 'react'
import type { CopilotRun, CopilotStatus, RunArtifacts } from '../../apps/copilot/runs/schema.ts'
import type { Artifacts } from '../../apps/copilot/schema.ts'
import type { Chain } from '../api/copilot-client.ts'
import { copilotText } from '../text-copilot.ts'
import { DataText } from '../ui/data-text.tsx'
import { Fact, Facts, Fold, Section } from '../ui/facts.tsx'
import { formatAbsolute } from '../ui/format-time.ts'
import { IdText } from '../ui/id-text.tsx'
import { Mark, Note, TONE_TEXT } from '../ui/note.tsx'
import { nameAddress, nameAsset, sayAsset, saySlippage } from './asset-text.ts'
import { ChangesTable } from './changes-table.tsx'
import { describeRequest } from './describe-request.ts'
import {
  allowanceChanges,
  deadlineOf,
  highestFee,
  type Move,
  movesOf,
  proofOf,
  quotedOf,
  type ReadRequest,
  readRequests,
} from './read-plan.ts'

const says = copilotText.copilotPlan

type CardProps = {
  run: Pick<CopilotRun, 'status' | 'wallet_address'>
  artifacts: Artifacts
  chain: Chain | undefined
}

/** What will be sent, in words first; every word of it is read from the bytes that the wallet will get. */
export function TransactionCard({ run, artifacts, chain }: CardProps) {
  const requests = useMemo(() => readRequests(artifacts.tx_requests ?? []), [artifacts.tx_requests])
  const moves = movesOf(requests, run.wallet_address)
  const fee = highestFee(artifacts)
  const { quote, simulation } = artifacts
  const deadline = deadlineOf(requests)
  const quoted = quote && quotedOf(quote, moves)
  return (
    <section
      aria-labelledby="plan-title"
      className="rounded-md border border-line bg-panel px-4 pt-3 shadow-panel"
    >
      <h2 id="plan-title" className="mb-1 text-16 font-semibold">
        {says.title[tenseOf(run.status)]}
      </h2>
      <Facts>
        <Fact term={says.sends}>
          <Moves moves={moves.sends} chain={chain} />
        </Fact>
        <Fact term={says.receives}>
          <Moves moves={moves.receives} chain={chain} />
        </Fact>
        {quote && quoted && (
          <Fact term={says.price}>
            <span className="data wrap-anywhere">
              {says.priceSays(sayAsset(chain, quoted.asset, quoted.amount), `${quote.slippageBps / 100}%`)}
            </span>
          </Fact>
        )}
        <Fact term={says.fee}>
          <span className="data wrap-anywhere">
            {fee === null ? says.feeUnknown : says.feeUpTo(sayAsset(chain, 'native', fee))}
          </span>
        </Fact>
        <Paid artifacts={artifacts} chain={chain} />
        {deadline !== null && (
          <Fact term={says.deadline}>{formatAbsolute(new Date(deadline * 1000).toISOString())}</Fact>
        )}
      </Facts>
      {!moves.isComplete && (
        <Note tone="stop" icon={TriangleAlert}>
          {says.unread}
        </Note>
      )}
      <div className="mt-4">
        <Section title={says.calls(requests.length)}>
          <ol className="space-y-2">
            {requests.map((read, index) => (
              <RequestItem
                key={read.request.txRequestId}
                read={read}
                number={index + 1}
                {...{ run, artifacts, chain }}
              />
            ))}
          </ol>
          <p className="mt-2 text-12 text-muted">{says.decodedHere}</p>
        </Section>
        <Section title={says.simulation}>
          <Proof artifacts={artifacts} />
          {simulation?.assetChanges && (
            <ChangesTable
              chain={chain}
              columns={[{ title: says.expected, changes: simulation.assetChanges }]}
              wallet={run.wallet_address}
            />
          )}
        </Section>
        <Allowances requests={requests} artifacts={artifacts} chain={chain} />
        {artifacts.plan_hash && (
          <Section title={says.hash}>
            <IdText id={artifacts.plan_hash} copy={says.hash} />
            <p className="mt-1 text-12 text-muted">{says.hashSays}</p>
          </Section>
        )}
      </div>
    </section>
  )
}

/** What it came to on chain, beside what was expected: the fee of the network, and how the price was. */
function Paid({ artifacts, chain }: Pick<CardProps, 'artifacts' | 'chain'>) {
  const { realised } = artifacts as RunArtifacts
  if (!realised) return null
  const { gas_paid_wei: gas, slippage } = realised
  return (
    <>
      <Fact term={says.feePaid}>
        <span className="data wrap-anywhere">{sayAsset(chain, 'native', BigInt(gas))}</span>
      </Fact>
      {slippage && (
        <Fact term={says.slippagePaid}>
          <span className="data wrap-anywhere">{saySlippage(slippage.paid_bps, slippage.allowed_bps)}</span>
        </Fact>
      )}
    </>
  )
}

/** A heading must not promise what was refused or is over. */
function tenseOf(status: CopilotStatus): keyof typeof says.title {
  if (status === 'BLOCKED' || status === 'REJECTED' || status === 'FAILED') return 'stopped'
  return status === 'CONFIRMED' || status === 'REVERTED' || status === 'SUBMITTED' ? 'sent' : 'open'
}

function Moves({ moves, chain }: { moves: Move[]; chain: Chain | undefined }) {
  if (moves.length === 0) return <span className="text-muted">{says.nothing}</span>
  return (
    <ul>
      {moves.map(({ asset, amount, bound, to }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the moves of one plan never change
        <li key={index} className="wrap-anywhere">
          {says.bound[bound]}
          <strong className="data font-semibold">{sayAsset(chain, asset, amount)}</strong>
          {to && <span className="data">{says.movesTo(to)}</span>}
        </li>
      ))}
    </ul>
  )
}

type RequestItemProps = CardProps & { read: ReadRequest; number: number }

function RequestItem({ read, number, run, artifacts, chain }: RequestItemProps) {
  const { request, call, value } = read
  const result = artifacts.simulation?.results.find(({ txRequestId }) => txRequestId === request.txRequestId)
  return (
    <li>
      <div className="flex flex-wrap items-start gap-x-3 gap-y-1">
        <span className="min-w-0 flex-1 basis-60 wrap-anywhere">
          <span className="text-muted">{number}. </span>
          {describeRequest(read, chain, run.wallet_address)}
        </span>
        <span className="text-13">
          <ProofMark proof={proofOf(artifacts, request.txRequestId)} />
        </span>
      </div>
      {result?.error && (
        <p className={`text-13 ${TONE_TEXT.stop}`}>
          <DataText value={result.error} plain />
        </p>
      )}
      {call.faults.length > 0 && (
        <Note tone="stop" icon={ShieldX}>
          {says.faults} <span className="data">{call.faults.join(', ')}</span>
        </Note>
      )}
      <Fold
        summary={
          <>
            {says.bytes} <span className="data">{request.txRequestId}</span>
          </>
        }
      >
        <Facts>
          <Fact term={says.target}>
            <span className="data wrap-anywhere">{request.to}</span>
          </Fact>
          <Fact term={says.value}>
            <span className="data wrap-anywhere">{sayAsset(chain, 'native', value)}</span>
          </Fact>
          <Fact term={says.data}>
            <DataText value={request.data} fold={200} />
          </Fact>
          {result?.gasEstimate && (
            <Fact term={says.gas}>
              <span className="data">{result.gasEstimate}</span>
            </Fact>
          )}
        </Facts>
      </Fold>
    </li>
  )
}

const PROOF_LOOK = {
  proved: { tone: 'ok', icon: CircleCheck },
  assumed: { tone: 'wait', icon: TriangleAlert },
  fails: { tone: 'stop', icon: CircleX },
  none: { tone: 'wait', icon: CircleHelp },
} as const

const ProofMark = ({ proof }: { proof: keyof typeof PROOF_LOOK }) => (
  <Mark {...PROOF_LOOK[proof]}>{says.proof[proof]}</Mark>
)

function Proof({ artifacts }: { artifacts: Artifacts }) {
  const proof = proofOf(artifacts)
  const { blockNumber = 0, engine = '' } = artifacts.simulation ?? {}
  return (
    <div className="flex flex-wrap items-start gap-x-3 gap-y-1">
      <ProofMark proof={proof} />
      <p className="min-w-0 flex-1 basis-60 text-13 text-muted">
        {proof === 'none' ? says.proofSays.none : says.proofSays[proof](blockNumber, engine)}
      </p>
    </div>
  )
}

type AllowancesProps = { requests: ReadRequest[]; artifacts: Artifacts; chain: Chain | undefined }

function Allowances({ requests, artifacts, chain }: AllowancesProps) {
  const changes = allowanceChanges(requests, artifacts.wallet_snapshot?.allowances ?? [])
  if (changes.length === 0) return null
  return (
    <Section title={says.allowances}>
      {changes.map(({ token, spender, before, approved, after }) => (
        <Facts key={token + spender}>
          <Fact term={says.spender}>
            <span className="wrap-anywhere">{nameAddress(chain, spender)}</span>{' '}
            <span className="text-13 text-muted">{nameAsset(chain, token)}</span>
          </Fact>
          <Fact term={says.before}>
            <span className="data wrap-anywhere">
              {before === null ? says.unknownBefore : sayAsset(chain, token, before)}
            </span>
          </Fact>
          <Fact term={says.approved}>
            <span className="data wrap-anywhere">{sayAsset(chain, token, approved)}</span>
          </Fact>
          <Fact term={says.after}>
            <span className="data wrap-anywhere">
              {after === null ? says.afterBound : sayAsset(chain, token, after)}
            </span>
          </Fact>
        </Facts>
      ))}
    </Section>
  )
}
