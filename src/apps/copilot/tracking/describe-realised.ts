import type { ChainRegistry } from '../../../web3/registry.ts'
import { amountText, nativeOf } from '../policy/amounts.ts'
import { findToken } from '../policy/review.ts'
import type { TxRequest } from '../schema.ts'
import type { Realised } from './schema.ts'

/** What a confirmed plan came to for its wallet, in a sentence or two. */
export function describeRealised(
  { compared, gas_paid_wei: gas }: Pick<Realised, 'compared' | 'gas_paid_wei'>,
  { requests, registry }: { requests: TxRequest[]; registry: ChainRegistry },
): string {
  const native = nativeOf(registry) ?? { symbol: 'coins', decimals: 18 }
  const amountOf = (token: string, amount: bigint) => {
    const known = token === 'native' ? native : findToken(registry, token)
    return known ? amountText(amount, known) : `${amount} base units of ${token}`
  }
  const moved = compared.map(({ token, realised }) => ({ token, delta: BigInt(realised) }))
  const gone = moved.filter(({ delta }) => delta < 0n).map(({ token, delta }) => amountOf(token, -delta))
  const come = moved.filter(({ delta }) => delta > 0n).map(({ token, delta }) => amountOf(token, delta))
  const fee = BigInt(gas) > 0n ? ` The network fee was ${amountText(BigInt(gas), native)}.` : ''
  return `${sayMoved(gone.join(' and '), come.join(' and '), requests)}${fee}`
}

function sayMoved(gone: string, come: string, requests: TxRequest[]): string {
  if (gone && come) return `${gone} became ${come}.`
  const recipients = new Set(requests.flatMap(({ meta: { recipient } }) => recipient ?? []))
  const [payee] = recipients.size === 1 ? recipients : []
  if (gone) return `${gone} went ${payee ? `to ${payee}` : 'from the wallet'}.`
  if (come) return `${come} came to the wallet.`
  return 'All of it is mined as it was approved.'
}
