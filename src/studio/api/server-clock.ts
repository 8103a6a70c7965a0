/** Below this the difference is the whole seconds of the Date header and the way of the answer. */
const TOLERANCE_MS = 5_000

let offsetMs = 0

export function noteServerTime(dateHeader: string | null): void {
  const sent = dateHeader === null ? Number.NaN : Date.parse(dateHeader)
  if (Number.isNaN(sent)) return
  const difference = sent - Date.now()
  offsetMs = Math.abs(difference) > TOLERANCE_MS ? difference : 0
}

/** Now by the server's clock: ages and deadlines are told by the clock that set them. */
export function serverNow(): number {
  return Date.now() + offsetMs
}
