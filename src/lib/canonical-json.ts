import canonicalize from 'canonicalize'

/** Any value JSON can carry. */
export type Json = null | boolean | number | string | Json[] | { [member: string]: Json }

/**
 * The canonical text of a value by RFC 8785 (JCS). Refuses what I-JSON (RFC 7493) cannot carry: lone surrogates,
 * NaN, infinities. Members whose value is `undefined` are left out.
 *
 * @throws TypeError when the value has no canonical form.
 */
export function canonicalJson(value: unknown): string {
  const text = canonicalise(value)
  if (text === undefined) throw new TypeError('a value without a JSON form cannot be canonicalised')
  return text
}

function canonicalise(value: unknown): string | undefined {
  try {
    return canonicalize(value)
  } catch (cause) {
    throw new TypeError(`cannot be canonicalised: ${(cause as Error).message}`, { cause })
  }
}
