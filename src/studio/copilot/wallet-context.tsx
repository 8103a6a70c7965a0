import { useQuery } from '@tanstack/react-query'
import { createContext, type ReactNode, useCallback, useContext, useEffect, useState } from 'react'
import { chainsQuery } from '../api/copilot-queries.ts'
import { copilotText } from '../text-copilot.ts'
import { useStored } from '../ui/use-stored.ts'
import {
  type Connected,
  devWalletOf,
  discoverWallets,
  isRejection,
  readWallet,
  sayWalletError,
  type Wallet,
  watchWallet,
} from './wallet.ts'

type WalletState = {
  /** Those that can be connected. */
  wallets: Wallet[]
  wallet: Wallet | null
  shown: Connected | null
  isBusy: boolean
  fault: string | null
  connect(wallet: Wallet): Promise<void>
  disconnect(): void
  /** Reads anew what the wallet shows. */
  refresh(): Promise<void>
}

const WalletContext = createContext<WalletState | null>(null)
export const useWallet = () => useContext(WalletContext)!

const CHOSEN = 'countersign.wallet'

/** The wallet that is connected on these pages. Which one it was is remembered by this browser; it is not asked again. */
export function WalletProvider({ children }: { children: ReactNode }) {
  const wallets = useWallets()
  const [chosenId, choose] = useStored(CHOSEN)
  const [shown, setShown] = useState<Connected | null>(null)
  const [isBusy, setBusy] = useState(false)
  const [fault, setFault] = useState<string | null>(null)
  const chosen = wallets.find(({ id }) => id === chosenId) ?? null

  const read = useCallback(async (wallet: Wallet, asks: boolean) => {
    try {
      const connected = await readWallet(wallet, asks)
      setShown(connected)
      setFault(connected.account === null && asks ? copilotText.copilotWallet.locked : null)
      return connected.account !== null
    } catch (error) {
      setShown(null)
      setFault(
        isRejection(error)
          ? copilotText.copilotWallet.rejected
          : copilotText.copilotWallet.failed(sayWalletError(error).slice(0, 200)),
      )
      return false
    }
  }, [])
  useEffect(() => {
    if (!chosen) return
    void read(chosen, false)
    return watchWallet(chosen, () => void read(chosen, false))
  }, [chosen, read])

  const connect = async (wallet: Wallet) => {
    setBusy(true)
    if (await read(wallet, true)) choose(wallet.id)
    setBusy(false)
  }
  const disconnect = () => {
    choose(null)
    setShown(null)
    setFault(null)
  }
  const isConnected = chosen !== null && shown?.account != null
  const state: WalletState = {
    wallets,
    wallet: isConnected ? chosen : null,
    shown: isConnected ? shown : null,
    isBusy,
    fault,
    connect,
    disconnect,
    refresh: async () => {
      if (chosen) await read(chosen, false)
    },
  }
  return <WalletContext value={state}>{children}</WalletContext>
}

function useWallets(): Wallet[] {
  const chains = useQuery(chainsQuery).data?.chains
  const [found, setFound] = useState<Wallet[]>([])
  const [dev, setDev] = useState<Wallet | null>(null)
  useEffect(
    () =>
      discoverWallets((wallet) =>
        setFound((known) => (known.some(({ id }) => id === wallet.id) ? known : [...known, wallet])),
      ),
    [],
  )
  const devnetUrl = chains?.find(({ devnet_url }) => devnet_url !== null)?.devnet_url
  // biome-ignore lint/correctness/useExhaustiveDependencies: the same devnet is the same wallet
  useEffect(() => {
    const offered = devWalletOf(chains ?? [], window.location.hostname)
    setDev(offered && { ...offered, name: copilotText.copilotWallet.dev })
  }, [devnetUrl])
  return dev ? [...found, dev] : found
}
