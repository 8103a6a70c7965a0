import { useMutation, useQuery } from '@tanstack/react-query'
import { createContext, type ReactNode, useContext, useEffect, useMemo } from 'react'
import { type Connector, useConnections, useConnectors } from 'wagmi'
import { connect, disconnect, getConnections, reconnect } from 'wagmi/actions'
import { chainsQuery } from '../api/copilot-queries.ts'
import { copilotText } from '../text-copilot.ts'
import { useStored } from '../ui/use-stored.ts'
import {
  type Connected,
  DEV_WALLET,
  devnetUrlOf,
  devProviderOf,
  isRejection,
  sayWalletError,
  type Wallet,
} from './wallet.ts'
import { announceWallet, walletConfig } from './wallet-config.ts'

type WalletState = {
  /** Those that can be connected. */
  wallets: Wallet[]
  wallet: Wallet | null
  shown: Connected | null
  isBusy: boolean
  fault: string | null
  connect(wallet: Wallet): void
  disconnect(): void
  /** Reads anew which chain the wallet shows. Not every wallet tells when it goes to another. */
  refresh(): Promise<void>
}

const WalletContext = createContext<WalletState | null>(null)
export const useWallet = () => useContext(WalletContext)!

const CHOSEN = 'countersign.wallet'
const config = walletConfig

/** The wallet that is connected on these pages. Which one it was is remembered by this browser; it is not asked again. */
export function WalletProvider({ children }: { children: ReactNode }) {
  useDevWallet()
  const connectors = useConnectors({ config })
  const connections = useConnections({ config })
  const [chosenId, choose] = useStored(CHOSEN)
  const wallets = useMemo(() => walletsOf(connectors), [connectors])
  const chosen = connectors.find(({ id }) => id === chosenId)
  useEffect(() => {
    if (chosen && !isConnected(chosen)) void reconnect(config, { connectors: [chosen] })
  }, [chosen])

  const connecting = useMutation({
    mutationFn: ({ id }: Wallet) => connectTo(connectors.find((one) => one.id === id)!),
    onSuccess: (_, { id }) => choose(id),
  })
  // A wallet may connect by itself that was not chosen here.
  const connection = connections.find(({ connector }) => connector.id === chosenId)
  const account = connection?.accounts[0]
  const state: WalletState = {
    wallets,
    wallet: (account && wallets.find(({ id }) => id === chosenId)) ?? null,
    shown: connection && account ? { account, chainId: connection.chainId } : null,
    isBusy: connecting.isPending,
    fault: connecting.error && sayFault(connecting.error),
    connect: connecting.mutate,
    disconnect: () => {
      connecting.reset()
      choose(null)
      if (connection) void disconnect(config, connection)
    },
    refresh: async () => {
      if (connection) connection.connector.onChainChanged(String(await connection.connector.getChainId()))
    },
  }
  return <WalletContext value={state}>{children}</WalletContext>
}

/** Of two that go by the same name in EIP-6963 the first counts; ours comes last. */
function walletsOf(connectors: readonly Connector[]): Wallet[] {
  return connectors
    .filter(({ id }, index) => connectors.findIndex((one) => one.id === id) === index)
    .map(walletOf)
    .sort((one, other) => Number(one.isDev) - Number(other.isDev))
}

function walletOf(connector: Connector): Wallet {
  const { id, name } = connector
  const request: Wallet['provider']['request'] = async (call) =>
    ((await connector.getProvider()) as Wallet['provider']).request(call)
  return { id, name, isDev: id === DEV_WALLET, provider: { request } }
}

const isConnected = ({ uid }: Connector) =>
  getConnections(config).some(({ connector }) => connector.uid === uid)

class LockedError extends Error {}

async function connectTo(connector: Connector): Promise<void> {
  if (isConnected(connector)) return
  const { accounts } = await connect(config, { connector })
  if (accounts.length > 0) return
  await disconnect(config, { connector })
  throw new LockedError()
}

function sayFault(error: unknown): string {
  if (error instanceof LockedError) return copilotText.copilotWallet.locked
  if (isRejection(error)) return copilotText.copilotWallet.rejected
  return copilotText.copilotWallet.failed(sayWalletError(error).slice(0, 200))
}

function useDevWallet(): void {
  const chains = useQuery(chainsQuery).data?.chains
  const url = devnetUrlOf(chains ?? [], window.location.hostname)
  useEffect(() => {
    if (url !== null) announceWallet(DEV_WALLET, copilotText.copilotWallet.dev, devProviderOf(url))
  }, [url])
}
