import { maskCredentials } from '../../lib/mask-credentials.ts'

/** What stands where a secret stood. */
const MASK = '[secret]'

/** Shorter parts are words such as `v3`, and no keys. */
const SHORTEST_KEY = 8

/** A word that is this long is none. */
const LONGEST_WORD = 16

/**
 * Masks whatever the addresses of an RPC hold beside their host: providers put keys into paths, queries and names. The id
 * of the chain is none, though some put it there too.
 */
export function makeUrlMask(urls: string[], chainId: number): (text: string) => string {
  const secrets = new Set<string>()
  for (const url of urls) {
    const { username, password, pathname, search, searchParams, host } = new URL(url)
    for (const whole of [url, new URL(url).href]) secrets.add(whole.replace(/\/$/, ''))
    for (const part of [username, password]) if (part !== '') secrets.add(decodeURIComponent(part))
    const keys = [...pathname.split('/'), ...searchParams.values(), ...host.split('.')]
    for (const key of keys) if (looksLikeKey(key) && key !== String(chainId)) secrets.add(key)
    if (pathname.length >= SHORTEST_KEY) secrets.add(pathname)
    if (search.length >= SHORTEST_KEY) secrets.add(search)
  }
  // The longest first, or a part would leave the rest of the whole.
  const ordered = [...secrets].filter(Boolean).sort((left, right) => right.length - left.length)
  return (text) => maskCredentials(ordered.reduce((left, secret) => left.replaceAll(secret, MASK), text))
}

const looksLikeKey = (text: string): boolean =>
  text.length >= LONGEST_WORD || (text.length >= SHORTEST_KEY && /\d/.test(text))

/** How an address is called where people read: its host. */
export const endpointName = (url: string): string => new URL(url).host
