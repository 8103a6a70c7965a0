import { useQuery } from '@tanstack/react-query'
import { CircleCheck, TriangleAlert } from 'lucide-react'
import type { Address } from 'viem'
import type { CopilotRun, SubmittedTransaction } from '../../apps/copilot/runs/schema.ts'
import type { Artifacts } from '../../apps/copilot/schema.ts'
import type { Chain } from '../api/copilot-client.ts'
import { allowancesQuery } from '../api/copilot-queries.ts'
import { copilotText } from '../text-copilot.ts'
import { Button } from '../ui/button.tsx'
import { Note } from '../ui/note.tsx'
import { AskFailed } from './ask-failed.tsx'
import { nameAddress, nameAsset, sayAsset } from './asset-text.ts'
import { readRequests } from './read-plan.ts'
import { useAsk } from './use-ask.ts'

const says = copilotText.copilotExecute

type LeftoversProps = {
  run: CopilotRun
  artifacts: Artifacts
  sent: SubmittedTransaction[]
  chain: Chain | undefined
}

/** Allowances that went through before what needed them failed: they stay until somebody takes them back. */
export function Leftovers({ run, artifacts, sent, chain }: LeftoversProps) {
  const approved = readRequests(artifacts.tx_requests ?? []).flatMap(({ request, call }) =>
    call.type === 'approve' &&
    call.amount > 0n &&
    sent.some((one) => one.txRequestId === request.txRequestId && one.state === 'CONFIRMED')
      ? [call]
      : [],
  )
  return approved.map(({ to, spender, amount }) => (
    <Leftover key={to + spender} {...{ run, chain, spender, amount, token: to }} />
  ))
}

type LeftoverProps = Pick<LeftoversProps, 'run' | 'chain'> & {
  token: Address
  spender: Address
  /** What was approved, for as long as nobody knows better. */
  amount: bigint
}

function Leftover({ run, chain, token, spender, amount }: LeftoverProps) {
  const { data } = useQuery(allowancesQuery(run.wallet_address, run.chain_id, spender))
  const prepare = useAsk()
  const found = data?.allowances.find((one) => one.token.toLowerCase() === token.toLowerCase())
  const left = found ? BigInt(found.allowance) : amount
  const who = nameAddress(chain, spender)
  if (left === 0n) {
    return (
      <Note tone="ok" icon={CircleCheck}>
        {says.nothingLeft(who, nameAsset(chain, token))}
      </Note>
    )
  }
  return (
    <Note tone="wait" icon={TriangleAlert}>
      <p className="wrap-anywhere">{says.leftover(sayAsset(chain, token, left), who)}</p>
      <Button
        className="mt-2"
        disabled={prepare.isPending}
        onClick={() =>
          prepare.mutate({ ...run, intent: `Revoke ${nameAsset(chain, token)} from ${spender}` })
        }
      >
        {prepare.isPending ? copilotText.copilot.asking : says.revoke}
      </Button>
      {prepare.isError && <AskFailed error={prepare.error} />}
    </Note>
  )
}
