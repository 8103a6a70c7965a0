import { LoaderCircle, ShieldAlert, ShieldCheck, ShieldQuestionMark, ShieldX } from 'lucide-react'
import { useState } from 'react'
import { text } from '../text.ts'
import { buttonClass } from '../ui/button.tsx'
import { TONE_TEXT } from '../ui/note.tsx'
import { ChainDialog } from './chain-dialog.tsx'
import { type ChainVerdict, useChainVerdict } from './use-chain-verdict.ts'

const LOOK = {
  waiting: { tone: 'muted', icon: ShieldQuestionMark },
  verifying: { tone: 'muted', icon: LoaderCircle },
  failed: { tone: 'doubt', icon: ShieldQuestionMark },
  verified: { tone: 'ok', icon: ShieldCheck },
  unknown: { tone: 'wait', icon: ShieldQuestionMark },
  changed: { tone: 'wait', icon: ShieldAlert },
  broken: { tone: 'stop', icon: ShieldX },
} as const

/** Whether this run's record holds, as found in this browser; opens how. */
export function ChainBadge({ runId, eventCount }: { runId: string; eventCount: number }) {
  const [isOpen, setOpen] = useState(false)
  const chain = useChainVerdict(runId, eventCount)
  const { icon: Icon, tone } = LOOK[chain.verdict]
  const says = sayVerdict(chain, eventCount)
  const onClick = () => (chain.verdict === 'waiting' ? chain.verify() : setOpen(true))
  return (
    <>
      <button
        type="button"
        onClick={onClick}
        aria-label={text.chain.badgeLabel(says)}
        className={buttonClass()}
      >
        <span className={`flex items-center gap-2 ${TONE_TEXT[tone]}`}>
          <Icon
            size={16}
            aria-hidden="true"
            className={`shrink-0 ${chain.verdict === 'verifying' ? 'animate-spin' : ''}`}
          />
          {says}
        </span>
      </button>
      <ChainDialog
        isOpen={isOpen}
        onClose={() => setOpen(false)}
        chain={chain}
        says={says}
        runId={runId}
        eventCount={eventCount}
      />
    </>
  )
}

function sayVerdict({ verdict, report }: ChainVerdict, eventCount: number): string {
  if (verdict === 'waiting') return text.chain.waiting(eventCount)
  if (verdict !== 'broken') return text.chain[verdict]
  const position = report?.firstFault?.seq
  return position === undefined ? text.chain.broken : text.chain.brokenAt(position)
}
