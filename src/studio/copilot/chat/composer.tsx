import {
  Ban,
  CircleCheck,
  CircleHelp,
  Hourglass,
  LoaderCircle,
  type LucideIcon,
  PenLine,
  SendHorizontal,
} from 'lucide-react'
import { type FormEvent, type KeyboardEvent, type Ref, useImperativeHandle, useRef, useState } from 'react'
import type { Chain } from '../../api/copilot-client.ts'
import { chatText } from '../../text-copilot-chat.ts'
import { Button } from '../../ui/button.tsx'
import { SelectField, TextArea } from '../../ui/field.tsx'
import { Mark, type Tone } from '../../ui/note.tsx'
import { useWallet } from '../wallet-context.tsx'
import type { ChatMode } from './chat-mode.ts'
import type { Turn } from './conversation.ts'

export type ComposerHandle = { fill(sentence: string): void }

type ComposerProps = {
  ref: Ref<ComposerHandle>
  mode: ChatMode
  chains: Chain[]
  isBusy: boolean
  onSay(said: string, at: Pick<Turn, 'wallet' | 'chainId'>): void
}

const LOOK: Record<Exclude<ChatMode, 'IDLE_CHAT'>, { tone: Tone; icon: LucideIcon }> = {
  CLARIFYING: { tone: 'wait', icon: CircleHelp },
  RUNNING_ACTION: { tone: 'muted', icon: LoaderCircle },
  NEEDS_APPROVAL: { tone: 'wait', icon: Hourglass },
  EXECUTING: { tone: 'wait', icon: PenLine },
  DONE: { tone: 'ok', icon: CircleCheck },
  BLOCKED: { tone: 'stop', icon: Ban },
}

/** Where one speaks. Above it stands what the conversation waits for. */
export function Composer({ ref, mode, chains, isBusy, onSay }: ComposerProps) {
  const { shown } = useWallet()
  const [said, setSaid] = useState('')
  const [fault, setFault] = useState<string>()
  const [picked, setPicked] = useState('')
  const field = useRef<HTMLTextAreaElement>(null)
  const fill = (sentence: string) => {
    setSaid(sentence)
    setFault(undefined)
    field.current?.focus()
  }
  useImperativeHandle(ref, () => ({ fill }))
  const ofWallet = chains.find(({ chain_id }) => chain_id === shown?.chainId)?.chain_id ?? null
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (isBusy) return
    if (said.trim() === '') {
      setFault(chatText.missing)
      return field.current?.focus()
    }
    onSay(said.trim(), { wallet: shown?.account ?? null, chainId: picked ? Number(picked) : ofWallet })
    fill('')
  }
  return (
    <form
      onSubmit={submit}
      noValidate
      aria-label={chatText.composer}
      className="shrink-0 border-t border-line bg-panel py-2"
    >
      <div className="mx-auto max-w-[80ch] px-4">
        <div role="status" className="text-13">
          {mode !== 'IDLE_CHAT' && <Mark {...LOOK[mode]}>{chatText.mode[mode]}</Mark>}
        </div>
        {chains.length > 1 && (
          <SelectField
            label={chatText.chain}
            value={picked}
            options={[
              { value: '', says: chatText.anyChain },
              ...chains.map(({ chain_id, name }) => ({ value: String(chain_id), says: name })),
            ]}
            onChange={(event) => setPicked(event.target.value)}
          />
        )}
        <div className="flex items-start gap-3">
          <div className="min-w-0 flex-1">
            <TextArea
              ref={field}
              label={mode === 'CLARIFYING' ? chatText.answer : chatText.message}
              hint={chatText.hint}
              fault={fault}
              rows={said.length > 60 || said.includes('\n') ? 3 : 1}
              maxLength={5000}
              value={said}
              onChange={(event) => {
                setSaid(event.target.value)
                setFault(undefined)
              }}
              onKeyDown={sendOnEnter}
            />
          </div>
          <Button
            type="submit"
            tone="accent"
            icon={SendHorizontal}
            disabled={isBusy}
            className="mt-6 shrink-0"
          >
            {isBusy ? chatText.sending : chatText.send}
          </Button>
        </div>
      </div>
    </form>
  )
}

/** Enter sends, Shift+Enter makes a line; while a word is being composed Enter belongs to that. */
function sendOnEnter(event: KeyboardEvent<HTMLTextAreaElement>): void {
  if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return
  event.preventDefault()
  event.currentTarget.form?.requestSubmit()
}
