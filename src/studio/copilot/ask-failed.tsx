import { ActionFailed } from '../runs/action-failed.tsx'
import { copilotText } from '../text-copilot.ts'

export const AskFailed = ({ error }: { error: unknown }) => (
  <ActionFailed
    error={error}
    refused={copilotText.copilot.nothingMade}
    unanswered={copilotText.copilot.mayBeMade}
  />
)
