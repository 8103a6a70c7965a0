import { Link } from '@tanstack/react-router'
import { KeyRound, UserX } from 'lucide-react'
import { text } from '../text.ts'
import { Button } from '../ui/button.tsx'
import { ErrorNote } from '../ui/error-note.tsx'
import { TextField } from '../ui/field.tsx'
import { Note } from '../ui/note.tsx'
import type { useFreshProof } from './use-fresh-proof.ts'

const words = text.proof

/** Asks whoever approves who they are, where policy wants it; says what to do where they cannot say it. */
export function FreshProof({ proof }: { proof: ReturnType<typeof useFreshProof> }) {
  const { wanted, method } = proof
  if (!wanted) return null
  if (!proof.isPerson) {
    return (
      <Note tone="wait" icon={UserX}>
        <p>{words.noPerson}</p>
      </Note>
    )
  }
  if (method === 'password') {
    return (
      <div className="space-y-2">
        <TextField
          label={words.password}
          hint={words.passwordHint}
          type="password"
          autoComplete="current-password"
          value={proof.password}
          onChange={(event) => proof.setPassword(event.target.value)}
        />
        {proof.hasPasskey && (
          <Button tone="quiet" icon={KeyRound} onClick={() => proof.preferPasskey(true)}>
            {words.usePasskey}
          </Button>
        )}
      </div>
    )
  }
  return (
    <div className="space-y-2">
      <PasskeyHint proof={proof} />
      {wanted === 'password' && (
        <Button tone="quiet" onClick={() => proof.preferPasskey(false)}>
          {words.usePassword}
        </Button>
      )}
    </div>
  )
}

function PasskeyHint({ proof }: { proof: ReturnType<typeof useFreshProof> }) {
  if (proof.error) return <ErrorNote error={proof.error} />
  if (proof.isReading) return <p className="text-13 text-muted">{words.reading}</p>
  if (proof.hasPasskey) {
    return (
      <Note tone="muted" icon={KeyRound}>
        <p>{words.passkeyHint}</p>
      </Note>
    )
  }
  return (
    <Note tone="wait" icon={KeyRound}>
      <p>
        {words.noPasskey}{' '}
        <Link to="/account" className="text-accent underline underline-offset-2">
          {words.toAccount}
        </Link>
      </p>
    </Note>
  )
}
