/** The nonces of calls that were let in, each for as long as its timestamp would still be good. */
export type Nonces = {
  /** Takes a nonce that may not come again before `expiresAt`. */
  take(nonce: string, expiresAt: number, now: number): 'fresh' | 'replayed' | 'full'
}

/** Where there is no room left nothing more is let in: forgetting one would let it in again. */
export function rememberNonces(most = 100_000): Nonces {
  const taken = new Map<string, number>()
  let sweptAt = Number.NEGATIVE_INFINITY
  const sweep = (now: number) => {
    sweptAt = now
    for (const [nonce, expiresAt] of taken) if (expiresAt < now) taken.delete(nonce)
  }
  return {
    take(nonce, expiresAt, now) {
      if (now - sweptAt > SWEEP_MS) sweep(now)
      const known = taken.get(nonce)
      if (known !== undefined && known >= now) return 'replayed'
      if (taken.size >= most) return 'full'
      taken.set(nonce, expiresAt)
      return 'fresh'
    },
  }
}

const SWEEP_MS = 10_000
