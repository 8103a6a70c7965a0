import type { Address, Hash, Hex } from 'viem'
import type { SubmittedTransaction } from '../../apps/copilot/runs/schema.ts'
import type { TxRequest } from '../../apps/copilot/schema.ts'

/** What signing needs of the wallet and of the server. */
export type Signer = {
  readWallet(): Promise<{ account: Address | null; chainId: number }>
  send(call: { from: Address; to: Address; data: Hex; value: bigint; gas: bigint | null }): Promise<Hash>
  waitForReceipt(hash: Hash): Promise<'success' | 'reverted'>
  report(txRequestId: string, hash: Hash): Promise<unknown>
  /** Keeps what was sent until it is reported: a hash that is lost would be sent a second time. */
  keep(sent: Record<string, Hash>): void
}

export type SigningStep = {
  txRequestId: string
  state: 'waits' | 'asked' | 'sent' | 'mined' | 'reverted'
  hash: Hash | null
}

export type SignOptions = {
  requests: TxRequest[]
  /** What the run knows of already. */
  known: Pick<SubmittedTransaction, 'txRequestId' | 'hash' | 'state'>[]
  /** What was sent from this browser and could not be reported. */
  kept: Record<string, Hash>
  wallet: string
  chainId: number
  gasOf(txRequestId: string): bigint | null
  onSteps(steps: SigningStep[]): void
}

/** The wallet is not the one that the plan was approved for. */
export class WrongWalletError extends Error {
  readonly what: 'account' | 'chain'
  constructor(what: 'account' | 'chain') {
    super(`the wallet has another ${what}`)
    this.what = what
  }
}

/** After these another hash may take the place of one. */
export const VOID_STATES: ReadonlySet<string> = new Set(['MISMATCH', 'DROPPED', 'CANCELLED'])

/**
 * Has the wallet sign and send the transactions of a plan one after another: each only when the one before is mined and did
 * what it should. What was sent before is not sent again. Account and chain are looked at before each signature.
 *
 * @returns false where one of them reverted: those after it were not sent.
 * @throws WrongWalletError, or whatever the wallet or the server refuses with.
 */
export async function signPlan(signer: Signer, options: SignOptions): Promise<boolean> {
  const { requests, known, wallet, chainId, gasOf, onSteps } = options
  const kept = { ...options.kept }
  let steps: SigningStep[] = requests.map(({ txRequestId }) => ({ txRequestId, state: 'waits', hash: null }))
  const tell = (txRequestId: string, change: Partial<SigningStep>) => {
    steps = steps.map((step) => (step.txRequestId === txRequestId ? { ...step, ...change } : step))
    onSteps(steps)
  }
  onSteps(steps)
  const report = async (txRequestId: string, hash: Hash) => {
    await signer.report(txRequestId, hash)
    delete kept[txRequestId]
    signer.keep(kept)
  }
  for (const { txRequestId, to, data, valueWei } of requests) {
    const reported = known.find((one) => one.txRequestId === txRequestId && !VOID_STATES.has(one.state))
    let hash = (reported?.hash as Hash | undefined) ?? kept[txRequestId]
    if (!hash) {
      await requireWallet(signer, wallet, chainId)
      tell(txRequestId, { state: 'asked' })
      const call = { to, data: data as Hex, value: BigInt(valueWei), gas: gasOf(txRequestId) }
      hash = await signer.send({ from: wallet as Address, ...call }).catch((error) => {
        tell(txRequestId, { state: 'waits' })
        throw error
      })
      kept[txRequestId] = hash
      signer.keep(kept)
    }
    tell(txRequestId, { state: 'sent', hash })
    if (!reported) await report(txRequestId, hash)
    if (reported?.state === 'CONFIRMED') {
      tell(txRequestId, { state: 'mined' })
      continue
    }
    const outcome = await signer.waitForReceipt(hash)
    tell(txRequestId, { state: outcome === 'success' ? 'mined' : 'reverted' })
    if (outcome === 'reverted') return false
  }
  return true
}

/** @throws WrongWalletError where the wallet shows something else than the plan is for. */
export async function requireWallet(
  signer: Pick<Signer, 'readWallet'>,
  wallet: string,
  chainId: number,
): Promise<void> {
  const shown = await signer.readWallet()
  if (shown.account?.toLowerCase() !== wallet.toLowerCase()) throw new WrongWalletError('account')
  if (shown.chainId !== chainId) throw new WrongWalletError('chain')
}
