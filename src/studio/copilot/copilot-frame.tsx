import { Outlet } from '@tanstack/react-router'
import { WalletProvider } from './wallet-context.tsx'

/** Around what is asked and what comes of it, so that the wallet stays connected. */
export function CopilotFrame() {
  return (
    <WalletProvider>
      <Outlet />
    </WalletProvider>
  )
}
