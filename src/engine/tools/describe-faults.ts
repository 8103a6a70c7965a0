/** Faults of a value in one sentence. */
export function describeFaults(faults: readonly { path: string; message: string }[]): string {
  const told = faults.slice(0, 5).map(({ path, message }) => (path === '' ? message : `${path}: ${message}`))
  const rest = faults.length - told.length
  return told.join('; ') + (rest > 0 ? `; and ${rest} more` : '')
}
