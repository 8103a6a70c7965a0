import { CircleCheck, CircleHelp, LoaderCircle, ShieldX } from 'lucide-react'
import { text } from '../text.ts'
import { IdText } from '../ui/id-text.tsx'
import { Note, TONE_TEXT } from '../ui/note.tsx'
import type { PayloadCheck } from './check-payload.ts'

const LOOK = {
  busy: { tone: 'muted', icon: LoaderCircle, says: text.card.hashBusy },
  same: { tone: 'ok', icon: CircleCheck, says: text.card.hashSame },
  unchecked: { tone: 'muted', icon: CircleHelp, says: text.card.hashUnchecked },
} as const

type PayloadHashProps = {
  sha256: string
  check: PayloadCheck
  /** An agent gets a token for what was approved; a run of a workflow goes on by itself. */
  hasToken: boolean
}

/** The hash of what will run. */
export function PayloadHash({ sha256, check, hasToken }: PayloadHashProps) {
  const binds = hasToken ? text.card.tokenCarries : text.card.runKeeps
  return (
    <div className="mt-3 text-13">
      <p className="flex flex-wrap items-center gap-x-2">
        <span className="text-muted">{text.card.payloadHash}</span>
        <IdText id={sha256} copy={text.card.payloadHash} />
      </p>
      {check === 'differs' ? (
        <div className="mt-1" role="alert">
          <Note tone="stop" icon={ShieldX}>
            {text.card.hashDiffers}
          </Note>
        </div>
      ) : (
        <Checked {...LOOK[check]} binds={check === 'busy' ? '' : binds} />
      )}
    </div>
  )
}

type CheckedProps = (typeof LOOK)[keyof typeof LOOK] & { binds: string }

function Checked({ tone, icon: Icon, says, binds }: CheckedProps) {
  return (
    <p className="flex items-start gap-1.5 text-muted">
      <Icon size={14} aria-hidden="true" className={`mt-[3px] shrink-0 ${TONE_TEXT[tone]}`} />
      {says} {binds}
    </p>
  )
}
