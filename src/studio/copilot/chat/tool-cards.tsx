import { Link2, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import type { z } from 'zod'
import type { Allowlists, WalletSnapshotView } from '../../../web3/schema.ts'
import type { Chain } from '../../api/copilot-client.ts'
import { chatText } from '../../text-copilot-chat.ts'
import { DataText } from '../../ui/data-text.tsx'
import { Fact, Facts, Fold } from '../../ui/facts.tsx'
import { IdText } from '../../ui/id-text.tsx'
import { Note } from '../../ui/note.tsx'
import { nameAddress, nameAsset, sayAsset } from '../asset-text.ts'

type Snapshot = z.infer<typeof WalletSnapshotView>
type ToolData = { snapshot?: Snapshot; allowlists?: Allowlists; error?: { code: string; message: string } }

/** What was asked of the chain for an answer, and what it said. */
export function ToolCards({ data, chains }: { data: Record<string, unknown>; chains: Chain[] }) {
  const { snapshot, allowlists, error } = data as ToolData
  return (
    <>
      {snapshot && <SnapshotCard snapshot={snapshot} chains={chains} />}
      {allowlists && <AllowlistsCard allowlists={allowlists} />}
      {error && (
        <Note tone="wait" icon={TriangleAlert}>
          {chatText.chainAway} <DataText value={error.code} />
        </Note>
      )}
    </>
  )
}

function Card({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="rounded-md border border-line bg-panel px-3 py-2 text-13">
      <h2 className="flex items-center gap-1.5 font-semibold">
        <Link2 size={15} aria-hidden="true" className="shrink-0 text-muted" />
        {title}
      </h2>
      {children}
    </section>
  )
}

function SnapshotCard({ snapshot, chains }: { snapshot: Snapshot; chains: Chain[] }) {
  const { native, erc20, allowances, errors } = snapshot
  const chain = chains.find(({ chain_id }) => chain_id === snapshot.chainId)
  const given = allowances.filter(({ allowance }) => BigInt(allowance) > 0n)
  const looked = allowances.length - given.length
  return (
    <Card title={chatText.readAt(chain?.name ?? String(snapshot.chainId), snapshot.blockNumber)}>
      <p className="mt-1 text-muted">
        <IdText id={snapshot.walletAddress} copy={chatText.wallet} />
      </p>
      <h3 className="mt-2 text-12 font-medium text-muted">{chatText.holds}</h3>
      <Facts>
        <Fact term={nameAsset(chain, 'native')}>
          <span className="data wrap-anywhere">{sayAsset(chain, 'native', BigInt(native.balanceWei))}</span>
        </Fact>
        {erc20.map(({ token, balance }) => (
          <Fact key={token} term={<DataText value={nameAsset(chain, token)} plain />}>
            <span className="data wrap-anywhere">{sayAsset(chain, token, BigInt(balance))}</span>
          </Fact>
        ))}
      </Facts>
      {allowances.length > 0 && (
        <>
          <h3 className="mt-2 text-12 font-medium text-muted">{chatText.mayTake}</h3>
          <Facts>
            {given.map(({ token, spender, allowance }) => (
              <Fact
                key={token + spender}
                term={<span className="wrap-anywhere">{nameAddress(chain, spender)}</span>}
              >
                <span className="data wrap-anywhere">{sayAsset(chain, token, BigInt(allowance))}</span>
              </Fact>
            ))}
          </Facts>
          {looked > 0 && <p className="text-muted">{chatText.noAllowance(looked)}</p>}
        </>
      )}
      {errors.map(({ token, message }) => (
        <p key={token} className="text-wait">
          <DataText value={message} plain />
        </p>
      ))}
    </Card>
  )
}

function AllowlistsCard({ allowlists }: { allowlists: Allowlists }) {
  const { name, tokens, routers } = allowlists
  return (
    <Card title={chatText.known(name)}>
      <Fold summary={chatText.addresses}>
        <Facts>
          {[...Object.entries(tokens), ...Object.entries(routers)].map(([key, { address }]) => (
            <Fact key={key} term={key}>
              <IdText id={address} copy={key} />
            </Fact>
          ))}
        </Facts>
      </Fold>
    </Card>
  )
}
