import { lookup } from 'node:dns'
import ipaddr from 'ipaddr.js'
import type { Agent, RequestInit, Response } from 'undici'

/** The address that a request would reach is one that a server must not be talked into reaching. */
export class ForbiddenAddressError extends Error {
  override readonly name = 'ForbiddenAddressError'
}

/** Whether an address is a public one. IPv4 inside IPv6 is unwrapped first; anything unreadable is not public. */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false
  return ipaddr.process(address).range() === 'unicast'
}

export type GuardedFetch = (url: string, init?: RequestInit) => Promise<Response>

/**
 * Makes a fetch that reaches public addresses only (OWASP: server-side request forgery). The name is resolved once,
 * every answer is checked, and the connection goes to what was checked, so a name that changes its mind in between
 * gains nothing. Redirects are not followed.
 *
 * @param allowedOrigins exact origins (scheme, host, port) that the operator configured and that may be private.
 */
export function createGuardedFetch(allowedOrigins: string[]): GuardedFetch {
  let agents: Promise<Agents> | undefined
  return makeFetch(allowedOrigins, () => (agents ??= makeAgents()))
}

/** The same for something that is done once: no connection of it stays open afterwards. */
export async function withGuardedFetch<T>(
  allowedOrigins: string[],
  use: (guardedFetch: GuardedFetch) => Promise<T>,
): Promise<T> {
  const agents = await makeAgents()
  try {
    return await use(makeFetch(allowedOrigins, async () => agents))
  } finally {
    await Promise.all([agents.guarded.destroy(), agents.open.destroy()])
  }
}

type Agents = { guarded: Agent; open: Agent }

/** Loaded when something is fetched: most programs never do, and a start would wait for it. */
const loadUndici = () => import('undici')

async function makeAgents(): Promise<Agents> {
  const { Agent } = await loadUndici()
  const guarded = new Agent({
    connect: {
      lookup: (hostname, options, callback) => {
        lookup(hostname, { ...options, all: true }, (error, addresses) => {
          if (error) return callback(error, [])
          const forbidden = addresses.find(({ address }) => !isPublicAddress(address))
          if (forbidden || addresses.length === 0) {
            return callback(new ForbiddenAddressError(`${hostname} is not a public address`), [])
          }
          callback(null, addresses)
        })
      },
    },
  })
  return { guarded, open: new Agent() }
}

function makeFetch(allowedOrigins: string[], agents: () => Promise<Agents>): GuardedFetch {
  return async (url, init = {}) => {
    const { protocol, origin, hostname } = new URL(url)
    if (protocol !== 'https:' && protocol !== 'http:') {
      throw new ForbiddenAddressError(`expected an http or https address, got ${protocol}`)
    }
    const trusted = allowedOrigins.includes(origin)
    // An address written as a number never goes through the look-up above.
    const literal = hostname.replace(/^\[|\]$/g, '')
    if (!trusted && ipaddr.isValid(literal) && !isPublicAddress(literal)) {
      throw new ForbiddenAddressError(`${literal} is not a public address`)
    }
    const [{ fetch }, { guarded, open }] = await Promise.all([loadUndici(), agents()])
    return fetch(url, { ...init, redirect: 'manual', dispatcher: trusted ? open : guarded })
  }
}
