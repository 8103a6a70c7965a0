import { readStored, useStored, writeStored } from '../ui/use-stored.ts'

/**
 * What this browser knows of the key that signs a tenant's checkpoints: when it was first seen, since when a person
 * trusts it, and the last checkpoint verified under it, which every later log must continue.
 */
export type RememberedSigner = {
  vkey: string
  seenAt: string
  trustedAt: string | null
  checkpoint?: { note: string; size: number }
}

export function useRememberedSigner(installation: string, tenant: string) {
  const key = `countersign.signer.${installation}.${tenant}`
  const [stored] = useStored(key)
  const write = (signer: RememberedSigner) => writeStored(key, JSON.stringify(signer))
  const now = () => new Date().toISOString()
  return {
    remembered: parse(stored),
    trust(vkey: string) {
      const known = parse(readStored(key))
      write({ vkey, seenAt: known?.vkey === vkey ? known.seenAt : now(), trustedAt: now() })
    },
    forget() {
      const known = parse(readStored(key))
      if (known) write({ vkey: known.vkey, seenAt: known.seenAt, trustedAt: null })
    },
    /** The first key seen is remembered, but trusted only when a person says so. */
    noteSeen(vkey: string) {
      if (parse(readStored(key)) === null) write({ vkey, seenAt: now(), trustedAt: null })
    },
    noteVerified(checkpoint: { note: string; size: number }) {
      const known = parse(readStored(key))
      if (!known?.trustedAt || (known.checkpoint && known.checkpoint.size >= checkpoint.size)) return
      write({ ...known, checkpoint })
    },
  }
}

function parse(stored: string | null): RememberedSigner | null {
  try {
    const value = JSON.parse(stored ?? 'null') as RememberedSigner | null
    return typeof value?.vkey === 'string' ? value : null
  } catch {
    return null
  }
}
