import { useMutation } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import type { CopilotRun } from '../../apps/copilot/runs/schema.ts'
import { createCopilotRun, startCopilotRun } from '../api/copilot-client.ts'

type Asked = Pick<CopilotRun, 'intent' | 'wallet_address' | 'chain_id' | 'conversation_id'>

/** Makes a run of a sentence, starts it and opens its page. */
export function useAsk() {
  const navigate = useNavigate()
  return useMutation({
    mutationFn: async ({ intent, wallet_address: walletAddress, chain_id: chainId, ...asked }: Asked) => {
      const made = { intent, walletAddress, chainId, conversationId: asked.conversation_id }
      const { runId } = await createCopilotRun(made)
      // A run that could not be started is there all the same: its page offers to start it.
      await startCopilotRun(runId).catch(() => {})
      return runId
    },
    onSuccess: (runId) => navigate({ to: '/copilot/$runId', params: { runId } }),
  })
}
