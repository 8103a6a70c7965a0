import { Bot } from 'lucide-react'
import { useEffect, useRef } from 'react'
import type { Chain } from '../../api/copilot-client.ts'
import { chatText } from '../../text-copilot-chat.ts'
import { Note } from '../../ui/note.tsx'
import { DEVNET } from '../wallet.ts'
import { ChatTurn } from './chat-turn.tsx'
import { SentenceList } from './sentence-list.tsx'
import type { useConversation } from './use-conversation.ts'

type LogProps = {
  talk: ReturnType<typeof useConversation>
  chains: Chain[]
  /** The run that stands beside the conversation. */
  beside: string | null
  /** Whether what was said stands in this browser. */
  isKept: boolean
  /** A sentence was picked, to be said. */
  onPick(sentence: string): void
  onShow(runId: string): void
}

/** So long what belongs to an answer may still be read from the server, and make it longer. */
const SETTLES_MS = 1_500

function examplesFor(chains: Chain[]): readonly string[] {
  const isPlay = chains.every(({ chain_id: id }) => id === DEVNET)
  return isPlay ? [...chatText.exampleList, chatText.devnetExample] : chatText.exampleList
}

/** What was said, oldest first. */
export function ChatLog({ talk, chains, beside, isKept, onPick, onShow }: LogProps) {
  const end = useRef<HTMLDivElement>(null)
  const { turns, live, faultOf, sayAgain, isBusy } = talk
  const last = turns.at(-1)
  const hasAnswer = last?.answer != null
  // biome-ignore lint/correctness/useExhaustiveDependencies: what came last is brought into sight
  useEffect(() => {
    const log = end.current?.parentElement
    if (!last || !log) return
    const from = performance.now()
    const watch = new ResizeObserver(() => {
      if (performance.now() - from < SETTLES_MS) end.current?.scrollIntoView({ block: 'end' })
    })
    watch.observe(log)
    return () => watch.disconnect()
  }, [last?.id, hasAnswer])
  return (
    <div role="log" aria-label={chatText.log} aria-busy={isBusy} className="space-y-5">
      {!isKept && (
        <Note tone="muted" icon={Bot}>
          {chatText.notKept}
        </Note>
      )}
      {turns.length === 0 && isKept && (
        <div>
          <h2 className="mb-1 text-13 font-semibold">{chatText.examples}</h2>
          <SentenceList sentences={examplesFor(chains)} onPick={onPick} />
        </div>
      )}
      {turns.map((turn) => (
        <ChatTurn
          key={turn.id}
          turn={turn}
          live={live?.turnId === turn.id ? live : null}
          fault={faultOf(turn.id)}
          isLast={turn === last}
          isBusy={isBusy}
          chains={chains}
          beside={beside}
          onAgain={() => sayAgain(turn)}
          onPick={onPick}
          onShow={onShow}
        />
      ))}
      <div ref={end} />
    </div>
  )
}
