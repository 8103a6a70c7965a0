import { LoaderCircle, RotateCcw } from 'lucide-react'
import type { ChatStatus } from '../../api/chat-client.ts'
import type { Chain } from '../../api/copilot-client.ts'
import { ActionFailed } from '../../runs/action-failed.tsx'
import { chatText } from '../../text-copilot-chat.ts'
import { Button } from '../../ui/button.tsx'
import { DataText } from '../../ui/data-text.tsx'
import { Fact, Facts } from '../../ui/facts.tsx'
import { Mark } from '../../ui/note.tsx'
import { RelativeTime } from '../../ui/relative-time.tsx'
import { WordsText } from '../words-text.tsx'
import type { Turn } from './conversation.ts'
import { RunCard } from './run-card.tsx'
import { SentenceList } from './sentence-list.tsx'
import { ToolCards } from './tool-cards.tsx'

type TurnProps = {
  turn: Turn
  /** The answer as far as it came. */
  live: { status: ChatStatus | null; text: string } | null
  fault: unknown
  isLast: boolean
  isBusy: boolean
  chains: Chain[]
  /** The run that stands beside the conversation. */
  beside: string | null
  onAgain(): void
  onPick(sentence: string): void
  onShow(runId: string): void
}

/** What was said and what came of it. */
export function ChatTurn(props: TurnProps) {
  const { turn, live, fault, isBusy, onAgain } = props
  return (
    <article className="space-y-2">
      <div className="ml-auto w-fit max-w-[90%] rounded-md border border-line bg-bg px-3 py-2">
        <p className="sr-only">{chatText.you}</p>
        <DataText value={turn.said} plain fold={600} />
      </div>
      <p className="sr-only">{chatText.copilot}</p>
      {live && <Coming {...live} />}
      {!live && turn.answer && <Answer {...props} answer={turn.answer} />}
      {!live && !turn.answer && <Unanswered fault={fault} isBusy={isBusy} onAgain={onAgain} />}
      <p className="text-12 text-muted">
        <RelativeTime iso={turn.at} />
      </p>
    </article>
  )
}

function Coming({ status, text }: { status: ChatStatus | null; text: string }) {
  return (
    <div className="max-w-[95%]">
      {text === '' ? (
        <Mark tone="muted" icon={LoaderCircle}>
          {chatText.status[status ?? 'sent']}
        </Mark>
      ) : (
        <WordsText value={text} />
      )}
    </div>
  )
}

/** Without an answer nobody knows what was done; the same message may be sent again all the same. */
function Unanswered({ fault, isBusy, onAgain }: { fault: unknown; isBusy: boolean; onAgain(): void }) {
  return (
    <div className="space-y-2">
      <ActionFailed error={fault} refused={chatText.refused} unanswered={chatText.lost} />
      <Button icon={RotateCcw} disabled={isBusy} onClick={onAgain}>
        {chatText.again}
      </Button>
    </div>
  )
}

function Answer({
  answer,
  isLast,
  chains,

  beside,

  onPick,
  onShow,
}: TurnProps & { answer: NonNullable<Turn['answer']> }) {
  const { mode, assistant_message: message, questions, run_id: runId, data, pending_slots: slots } = answer
  // The first question is the message itself.
  const more = mode === 'CLARIFY' && runId === null ? questions.slice(1) : []
  const known = mode === 'CLARIFY' ? Object.entries(slots) : []
  // Where nothing waits for an answer, a word alone would answer nothing.
  const choices = mode === 'CLARIFY' && answer.pending ? choicesOf(data) : []
  return (
    <div className="max-w-[95%] space-y-3">
      <div>
        <WordsText value={message} />
        {more.map((question) => (
          <WordsText key={question} value={question} />
        ))}
      </div>
      {known.length > 0 && (
        <div className="rounded-md border border-line bg-panel px-3 py-1">
          <h2 className="pt-1 text-12 font-semibold text-muted">{chatText.understood}</h2>
          <Facts>
            {known.map(([slot, words]) => (
              <Fact key={slot} term={chatText.slots[slot] ?? slot}>
                <DataText value={words} />
              </Fact>
            ))}
          </Facts>
        </div>
      )}
      <ToolCards data={data} chains={chains} />
      {runId && (
        <RunCard runId={runId} chains={chains} isBeside={runId === beside} onShow={() => onShow(runId)} />
      )}
      {isLast && choices.length > 0 && <SentenceList sentences={choices} onPick={onPick} />}
      {isLast && mode !== 'ACTION' && answer.suggestions.length > 0 && (
        <div>
          <h2 className="mb-1 text-12 font-semibold text-muted">{chatText.suggestions}</h2>
          <SentenceList sentences={answer.suggestions} onPick={onPick} />
        </div>
      )}
    </div>
  )
}

/** What the server offers as answers. */
function choicesOf({ token_options: tokens, router_options: routers }: Record<string, unknown>): string[] {
  return [tokens, routers].flatMap((options) => (Array.isArray(options) ? options.map(String) : []))
}
