import { useMutation } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { createCopilotRun, startCopilotRun } from '../api/copilot-client.ts'

export type Asked = { intent: string; walletAddress: string; chainId: number }

/** Makes a run of a sentence, starts it and opens its page. */
export function useAsk() {
  const navigate = useNavigate()
  return useMutation({
    mutationFn: async ({ intent, walletAddress, chainId }: Asked) => {
      const { runId } = await createCopilotRun({ intent, walletAddress, chainId })
      // A run that could not be started is there all the same: its page offers to start it.
      await startCopilotRun(runId).catch(() => {})
      return runId
    },
    onSuccess: (runId) => navigate({ to: '/copilot/$runId', params: { runId } }),
  })
}
