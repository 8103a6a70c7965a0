import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { type ChatStatus, sayToCopilot } from '../../api/chat-client.ts'
import { installationQuery } from '../../api/queries.ts'
import { serverNow } from '../../api/server-clock.ts'
import { useStored } from '../../ui/use-stored.ts'
import { keepAnswer, keepTurn, newKey, parseKept, type Turn, turnsKey } from './conversation.ts'

/** Whose conversations these are: those of another person are not shown to this one. */
export const usePerson = () => useQuery(installationQuery).data?.principal?.id ?? 'local'

type Sent = { conversationId: string; turn: Turn }
type Live = { status: ChatStatus | null; text: string }

/** A conversation: what this browser keeps of it, and the answer that is coming. */
export function useConversation(
  conversationId: string | null,
  onAnswered: (conversationId: string, runId: string | null) => void,
) {
  const client = useQueryClient()
  const person = usePerson()
  const [stored] = useStored(turnsKey(person, conversationId ?? ''))
  const turns = useMemo(() => (conversationId ? parseKept<Turn>(stored) : []), [conversationId, stored])
  const [live, setLive] = useState<Live>({ status: null, text: '' })
  const send = useMutation({
    mutationFn: ({ conversationId: id, turn }: Sent) =>
      sayToCopilot(
        {
          message: turn.said,
          message_id: turn.id,
          conversation_id: id,
          ...(turn.wallet && { wallet_address: turn.wallet }),
          ...(turn.chainId && { chain_id: turn.chainId }),
        },
        {
          onStatus: (status) => setLive({ status, text: '' }),
          onText: (piece) => setLive(({ status, text }) => ({ status, text: text + piece })),
        },
      ),
    onMutate: () => setLive({ status: null, text: '' }),
    onSuccess: async (answer, { conversationId: id, turn }) => {
      keepAnswer(person, id, turn.id, answer)
      if (!answer.run_id) return
      await Promise.all(
        [['run', answer.run_id], ['runs'], ['approvals']].map((queryKey) =>
          client.invalidateQueries({ queryKey }),
        ),
      )
    },
  })
  const post = (sent: Sent) =>
    // Told only to who still looks: whoever has gone to another page stays there.
    send.mutate(sent, { onSuccess: ({ run_id: runId }) => onAnswered(sent.conversationId, runId) })
  return {
    turns,
    /** The turn whose answer is coming, as far as it came. */
    live: send.isPending ? { turnId: send.variables.turn.id, ...live } : null,
    /** Why a turn has no answer, where that is known. */
    faultOf: (turnId: string): unknown =>
      send.isError && send.variables.turn.id === turnId ? send.error : null,
    isBusy: send.isPending,
    /** @param turnId of what is to be said once, however many pages say it. */
    say(said: string, at: Pick<Turn, 'wallet' | 'chainId'>, turnId = newKey()): string {
      const id = conversationId ?? newKey()
      const turn: Turn = { id: turnId, said, at: new Date(serverNow()).toISOString(), answer: null, ...at }
      keepTurn(person, id, turn)
      post({ conversationId: id, turn })
      return id
    },
    /** The same message once more: what it did already is not done again. */
    sayAgain(turn: Turn): void {
      if (conversationId) post({ conversationId, turn })
    },
  }
}
