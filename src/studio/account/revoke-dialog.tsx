import { type QueryKey, useMutation, useQueryClient } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { ActionFailed } from '../runs/action-failed.tsx'
import { text } from '../text.ts'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'

type RevokeDialogProps = {
  words: { revokeTitle: string; revokeBody: string; revokeDo: string; revoking: string; notRevoked: string }
  revoke: () => Promise<unknown>
  /** The list that it stands in, which is read anew whatever came of it. */
  listKey: QueryKey
  isOpen: boolean
  onClose: () => void
  /** What is revoked. */
  children: ReactNode
}

/** Asks once more before a key or an invitation is of no use any longer. */
export function RevokeDialog({ words, revoke, listKey, isOpen, onClose, children }: RevokeDialogProps) {
  const client = useQueryClient()
  const revoking = useMutation({
    mutationFn: revoke,
    onSuccess: onClose,
    onSettled: () => client.invalidateQueries({ queryKey: listKey }),
  })
  return (
    <Dialog isOpen={isOpen} title={words.revokeTitle} onClose={onClose}>
      <div className="space-y-3">
        <p className="font-medium">{children}</p>
        <p>{words.revokeBody}</p>
        {revoking.isError && (
          <ActionFailed
            error={revoking.error}
            refused={words.notRevoked}
            unanswered={text.account.noAnswer}
          />
        )}
        <div className="flex flex-wrap gap-3">
          <Button tone="stop" disabled={revoking.isPending} onClick={() => revoking.mutate()}>
            {revoking.isPending ? words.revoking : words.revokeDo}
          </Button>
          <Button onClick={onClose}>{text.common.cancel}</Button>
        </div>
      </div>
    </Dialog>
  )
}
