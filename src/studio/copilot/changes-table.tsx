import type { AssetChange } from '../../apps/copilot/schema.ts'
import type { Chain } from '../api/copilot-client.ts'
import { copilotText } from '../text-copilot.ts'
import { nameAsset, sayDelta } from './asset-text.ts'
import type { Asset } from './read-plan.ts'

const says = copilotText.copilotPlan

type Column = { title: string; changes: Pick<AssetChange, 'address' | 'token' | 'delta'>[] }

/** What the wallet has more or less of, asset by asset; with two columns what was expected stands beside what came. */
export function ChangesTable({
  chain,
  columns,
  wallet,
}: {
  chain: Chain | undefined
  columns: Column[]
  wallet: string
}) {
  const sums = columns.map(({ changes }) => sumOf(changes, wallet))
  const assets = [...new Set(sums.flatMap((sum) => [...sum.keys()]))]
  const moved = assets.filter((asset) => sums.some((sum) => (sum.get(asset) ?? 0n) !== 0n))
  if (moved.length === 0) return <p className="mt-2 text-13 text-muted">{says.nothingChanges}</p>
  return (
    // Its caption would otherwise stand outside of whatever scrolls, and make the page as a whole longer.
    <table className="relative mt-2 w-full text-left text-13">
      <caption className="sr-only">{says.changes}</caption>
      <thead className="text-12 text-muted">
        <tr>
          <th scope="col" className="py-1 pr-3 font-medium">
            {says.asset}
          </th>
          {columns.map(({ title }) => (
            <th key={title} scope="col" className="py-1 pr-3 font-medium">
              {title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {moved.map((asset) => (
          <tr key={asset} className="border-t border-line align-top">
            <th
              scope="row"
              className={`py-1 pr-3 font-medium ${nameAsset(chain, asset).length > 12 ? 'wrap-anywhere' : 'whitespace-nowrap'}`}
            >
              {nameAsset(chain, asset)}
            </th>
            {sums.map((sum, index) => (
              <td key={columns[index]!.title} className="data py-1 pr-3 wrap-anywhere">
                {sayDelta(chain, asset, sum.get(asset) ?? 0n)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function sumOf(changes: Column['changes'], wallet: string): Map<Asset, bigint> {
  const sums = new Map<Asset, bigint>()
  for (const { address, token, delta } of changes) {
    if (address.toLowerCase() !== wallet.toLowerCase()) continue
    sums.set(token, (sums.get(token) ?? 0n) + BigInt(delta))
  }
  return sums
}
