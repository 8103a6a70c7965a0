import { LogOut, TriangleAlert, Wallet as WalletIcon } from 'lucide-react'
import { copilotText } from '../text-copilot.ts'
import { Button } from '../ui/button.tsx'
import { IdText } from '../ui/id-text.tsx'
import { Note } from '../ui/note.tsx'
import { useWallet } from './wallet-context.tsx'

/** The connected wallet, or those that can be. */
export function WalletBar() {
  const { wallets, wallet, shown, isBusy, fault, connect, disconnect } = useWallet()
  return (
    // biome-ignore lint/a11y/useSemanticElements: what belongs together here is no fieldset, and stands twice on a page
    <div role="group" aria-label={copilotText.copilotWallet.label} className="space-y-2">
      {wallet && shown?.account ? (
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <span className="flex items-center gap-1.5 text-13 font-medium">
            <WalletIcon size={15} aria-hidden="true" className="shrink-0 text-muted" />
            {wallet.name}
          </span>
          <IdText id={shown.account} copy={copilotText.copilotWallet.label} />
          <span className="text-13 text-muted">{copilotText.copilotWallet.onChain(shown.chainId)}</span>
          <Button tone="quiet" icon={LogOut} onClick={disconnect}>
            {copilotText.copilotWallet.disconnect}
          </Button>
        </div>
      ) : (
        <div className="flex flex-wrap items-center gap-2">
          {wallets.map((one) => (
            <Button key={one.id} icon={WalletIcon} onClick={() => connect(one)} disabled={isBusy}>
              {isBusy ? copilotText.copilotWallet.connecting : copilotText.copilotWallet.connect(one.name)}
            </Button>
          ))}
          {wallets.length === 0 && <p className="text-13 text-muted">{copilotText.copilotWallet.none}</p>}
        </div>
      )}
      {wallets.some(({ isDev }) => isDev) && (!wallet || wallet.isDev) && (
        <p className="text-12 text-muted">{copilotText.copilotWallet.devHint}</p>
      )}
      {fault && (
        <div role="alert">
          <Note tone="stop" icon={TriangleAlert}>
            {fault}
          </Note>
        </div>
      )}
    </div>
  )
}
