const REFRESHED_AT = 'countersign.refreshed-at'

/**
 * Renews the session at most once however many calls and tabs find it expired: the refresh token rotates, and a second
 * use of the old one would look like theft and end the session.
 *
 * @param sentAt when the refused call was sent; a renewal after that is good enough.
 */
export async function refreshSessionOnce(sentAt: number): Promise<boolean> {
  const renew = async () => {
    if (Number(readMark()) > sentAt) return true
    const response = await fetch('/api/v1/auth/refresh', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    }).catch(() => null)
    if (!response?.ok) return false
    writeMark(Date.now())
    return true
  }
  // Locks need https or localhost; elsewhere two tabs may have to sign in again.
  return navigator.locks ? await navigator.locks.request('countersign.refresh', renew) : await renew()
}

let mark = 0

function readMark(): number {
  try {
    return Math.max(mark, Number(localStorage.getItem(REFRESHED_AT) ?? 0))
  } catch {
    return mark
  }
}

function writeMark(at: number): void {
  mark = at
  try {
    localStorage.setItem(REFRESHED_AT, String(at))
  } catch {
    // Storage may be blocked: this tab still knows.
  }
}
