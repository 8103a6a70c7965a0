import { useMutation } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import type { CopilotRun } from '../../apps/copilot/runs/schema.ts'
import { createCopilotRun, startCopilotRun } from '../api/copilot-client.ts'

type Asked = Pick<CopilotRun, 'intent' | 'walletAddress' | 'chainId' | 'conversationId'>

/** Makes a run of a sentence, starts it and opens its page. */
export function useAsk() {
  const navigate = useNavigate()
  return useMutation({
    mutationFn: async ({ intent, walletAddress, chainId, conversationId }: Asked) => {
      const { runId } = await createCopilotRun({ intent, walletAddress, chainId, conversationId })
      // A run that could not be started is there all the same: its page offers to start it.
      await startCopilotRun(runId).catch(() => {})
      return runId
    },
    onSuccess: (runId) => navigate({ to: '/copilot/$runId', params: { runId } }),
  })
}
