import { Link } from '@tanstack/react-router'
import { MessagesSquare } from 'lucide-react'
import { text } from '../text.ts'
import { buttonClass } from '../ui/button.tsx'

/** Whose runs have a plan. */
export const COPILOT_WORKFLOW = 'web3_copilot_v1'

/** To the plan of a run of the copilot, where a wallet signs it. */
export function OpenInCopilot({ runId }: { runId: string }) {
  return (
    <Link to="/copilot/$runId" params={{ runId }} className={buttonClass()}>
      <MessagesSquare size={16} aria-hidden="true" className="shrink-0" />
      {text.card.inCopilot}
    </Link>
  )
}
