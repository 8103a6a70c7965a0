import { ActionFailed } from '../runs/action-failed.tsx'
import { text } from '../text.ts'

export const AskFailed = ({ error }: { error: unknown }) => (
  <ActionFailed error={error} refused={text.copilot.nothingMade} unanswered={text.copilot.mayBeMade} />
)
