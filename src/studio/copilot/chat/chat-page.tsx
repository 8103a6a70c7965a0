import { useQuery } from '@tanstack/react-query'
import { useNavigate, useRouter, useSearch } from '@tanstack/react-router'
import { MessageSquarePlus } from 'lucide-react'
import { useEffect, useRef } from 'react'
import type { Chain } from '../../api/copilot-client.ts'
import { chainsQuery, copilotRunQuery } from '../../api/copilot-queries.ts'
import { copilotText } from '../../text-copilot.ts'
import { chatText } from '../../text-copilot-chat.ts'
import { Button } from '../../ui/button.tsx'
import { CommandBlock } from '../../ui/command-block.tsx'
import { ErrorNote } from '../../ui/error-note.tsx'
import { SkeletonCard } from '../../ui/skeleton.tsx'
import { TWO_PANES, useMediaQuery } from '../../ui/use-media-query.ts'
import { useNow } from '../../ui/use-now.ts'
import { useTitle } from '../../ui/use-title.ts'
import { RunDetail } from '../run-detail.tsx'
import { WalletBar } from '../wallet-bar.tsx'
import { useWallet } from '../wallet-context.tsx'
import { AskedBefore } from './asked-before.tsx'
import { ChatLog } from './chat-log.tsx'
import { chatModeOf, turnForWallet } from './chat-mode.ts'
import { Composer, type ComposerHandle } from './composer.tsx'
import { lastRunOf } from './conversation.ts'
import { useConversation } from './use-conversation.ts'

const SCROLLS = 'h-full min-h-0 overflow-y-auto'

/** The conversation with the copilot; the run that it speaks of stands beside it, or under it where there is no room. */
export function ChatPage() {
  useTitle(copilotText.copilot.title)
  const chains = useQuery(chainsQuery)
  if (!chains.data || chains.data.chains.length === 0) {
    return (
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      <div tabIndex={0} className={SCROLLS}>
        <div className="mx-auto max-w-[80ch] space-y-4 px-4 pt-4 pb-8">
          <Head />
          {chains.isPending && <SkeletonCard />}
          {chains.isError && <ErrorNote error={chains.error} onRetry={() => void chains.refetch()} />}
          {chains.data && <NoChain />}
          <AskedBefore />
        </div>
      </div>
    )
  }
  return <Chat chains={chains.data.chains} />
}

function Chat({ chains }: { chains: Chain[] }) {
  const { conversation: conversationId = null, run: chosenRun } = useSearch({ from: '/frame/copilot/' })
  const navigate = useNavigate({ from: '/copilot' })
  const router = useRouter()
  const composer = useRef<ComposerHandle>(null)
  const isWide = useMediaQuery(TWO_PANES)
  const talk = useConversation(conversationId, (conversation, run) => {
    const isShown = router.state.location.search.conversation === conversation
    if (run && isShown) void navigate({ search: { conversation, run }, replace: true })
  })
  const runId = chosenRun ?? lastRunOf(talk.turns)
  const run = useQuery({ ...copilotRunQuery(runId ?? ''), enabled: runId !== null })
  const isPreparing = talk.live?.status === 'preparing'
  const now = useNow()
  const mode = chatModeOf(talk.turns, { isPreparing, runStatus: run.data?.status ?? null, now })
  useWalletAsAnswer(talk, now)
  const isNew = conversationId === null && runId === null
  const isTold = talk.turns.some(({ answer }) => answer?.run_id === runId)
  const detail = runId !== null && <RunDetail key={runId} runId={runId} level={2} isTold={isTold} />
  const pane = useRef<HTMLDivElement>(null)
  const show = (run: string) => {
    void navigate({ search: { conversation: conversationId ?? '', run }, replace: true })
    pane.current?.scrollIntoView()
    pane.current?.focus({ preventScroll: true })
  }
  return (
    <div className={isWide && detail ? 'grid h-full grid-cols-[minmax(0,1fr)_minmax(0,1.35fr)]' : 'h-full'}>
      <div className="flex h-full min-h-0 flex-col">
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
        <div tabIndex={0} className="min-h-0 flex-1 overflow-y-auto">
          <div className="mx-auto max-w-[80ch] space-y-4 px-4 pt-4 pb-4">
            <Head onNew={isNew ? null : () => void navigate({ search: {} })} />
            <WalletBar />
            <ChatLog
              talk={talk}
              chains={chains}
              beside={isWide ? runId : null}
              isKept={talk.turns.length > 0 || conversationId === null}
              onPick={(sentence) => composer.current?.fill(sentence)}
              onShow={show}
            />
            {isNew && <AskedBefore />}
          </div>
          {!isWide && detail && (
            <div ref={pane} tabIndex={-1} className="border-t border-line outline-none">
              {detail}
            </div>
          )}
        </div>
        <Composer
          ref={composer}
          mode={mode}
          chains={chains}
          isBusy={talk.isBusy}
          onSay={(said, at) => {
            const conversation = talk.say(said, at)
            if (conversation !== conversationId) void navigate({ search: { conversation } })
          }}
        />
      </div>
      {isWide && detail && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        <div ref={pane} tabIndex={0} className={`${SCROLLS} border-l border-line`}>
          {detail}
        </div>
      )}
    </div>
  )
}

/** A wallet that is connected answers the question for one. The chain stays what it was: only words choose another. */
function useWalletAsAnswer(talk: ReturnType<typeof useConversation>, now: number): void {
  const account = useWallet().shown?.account ?? null
  const asking = talk.isBusy ? null : turnForWallet(talk.turns, { account, now })
  // biome-ignore lint/correctness/useExhaustiveDependencies: said once to each question
  useEffect(() => {
    if (asking && account)
      talk.say(account, { wallet: account, chainId: asking.chainId }, `${asking.id}-wallet`)
  }, [asking?.id, account])
}

function Head({ onNew = null }: { onNew?: (() => void) | null }) {
  return (
    <header>
      <div className="flex flex-wrap items-center justify-between gap-2">
        <h1 className="text-20 font-semibold">{copilotText.copilot.title}</h1>
        {onNew && (
          <Button icon={MessageSquarePlus} onClick={onNew}>
            {chatText.fresh}
          </Button>
        )}
      </div>
      {!onNew && <p className="mt-1 text-muted">{copilotText.copilot.lead}</p>}
    </header>
  )
}

function NoChain() {
  return (
    <div className="rounded-md border border-line bg-panel p-4">
      <h2 className="text-16 font-semibold">{copilotText.copilot.noChainTitle}</h2>
      <p className="mt-1 mb-3 text-muted">{copilotText.copilot.noChainBody}</p>
      <CommandBlock command="DEVNET=on npx countersign serve" what={copilotText.copilot.noChainWhat} />
    </div>
  )
}
