import type { Chain } from '../api/copilot-client.ts'
import { copilotText } from '../text-copilot.ts'
import { nameAddress, nameAsset, sayAsset } from './asset-text.ts'
import type { ReadRequest } from './read-plan.ts'

const says = copilotText.copilotPlan

/** What a transaction does, in one sentence, by its bytes. */
export function describeRequest(
  { request, call, value }: ReadRequest,
  chain: Chain | undefined,
  wallet: string,
): string {
  const who = (address: string) => nameAddress(chain, address)
  switch (call.type) {
    case 'approve':
      return call.amount === 0n
        ? says.revoke(who(call.spender), nameAsset(chain, call.to))
        : says.approve(who(call.spender), sayAsset(chain, call.to, call.amount))
    case 'transfer':
      return says.send(sayAsset(chain, call.to, call.amount), call.recipient)
    case 'empty':
      return says.send(sayAsset(chain, 'native', value), request.to)
    case 'deposit':
      return says.wrap(sayAsset(chain, 'native', value))
    case 'withdraw':
      return says.unwrap(sayAsset(chain, call.to, call.amount))
    case 'swap': {
      const given = sayAsset(chain, call.nativeIn ? 'native' : call.path[0]!, call.amountIn ?? value)
      const got = sayAsset(chain, call.nativeOut ? 'native' : call.path.at(-1)!, call.amountOut)
      const swap = call.exact === 'in' ? says.swapIn : says.swapOut
      const isOwn = call.recipient.toLowerCase() === wallet.toLowerCase()
      const through = call.path.slice(1, -1).map((token) => nameAsset(chain, token))
      const by = through.length > 0 ? says.swapBy(through) : ''
      return swap(given, got, who(call.to)) + by + (isOwn ? '' : says.swapTo(call.recipient))
    }
    case 'transferFrom':
    case 'batch':
    case 'unknown':
      return says.unknownCall(request.to)
  }
}
