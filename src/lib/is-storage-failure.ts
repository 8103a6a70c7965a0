/**
 * Whether the database failed, and not whoever asked it: a connection that is gone (PostgreSQL's class 08), is not given
 * (28, 53, 55000, 3D000) or was ended from outside (57P); a socket that is gone; the whole pool. What was done
 * meanwhile may not have been written, and the same may be asked again later.
 */
export function isStorageFailure(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { code = '', message, cause } = error as Error & { code?: string }
  return (
    /^(08|28|53)[0-9A-Z]{3}$|^57P|^(55000|3D000)$|^STORAGE_/.test(code) ||
    /ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|embedded database|Connection terminated|trying to connect|pool after calling end|is not queryable|Query read timeout/.test(
      `${code} ${message}`,
    ) ||
    isStorageFailure(cause)
  )
}
