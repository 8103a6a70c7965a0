import { type Config, SETTINGS } from './config.ts'

/** A shorter text than this is found in half of what is written, and hides nothing. */
const SHORTEST = 6

/** Whatever the settings keep secret, each by a name of its own: what no log and no trace may show. */
export function secretsOf(config: Partial<Config>): Record<string, string> {
  const named = Object.entries(SETTINGS).flatMap(([name, setting]) =>
    'secret' in setting ? partsOf(name, config[name as keyof typeof SETTINGS]) : [],
  )
  return Object.fromEntries(named.filter(([, value]) => value.length >= SHORTEST))
}

/** The value itself and, within it, what is secret without the rest: the members of a record or a JWK, the path of a URL. */
function partsOf(name: string, value: unknown): [name: string, value: string][] {
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).flatMap(([member, inner]) => partsOf(`${name}.${member}`, inner))
  }
  if (typeof value !== 'string') return []
  const whole: [string, string] = [name, value]
  if (name === 'COUNTERSIGN_TOKEN_KEYS') return [whole, ...privateParts(value)]
  if (!/^https?:/.test(value) || !URL.canParse(value)) return [whole]
  const { href, pathname, search } = new URL(value)
  return [whole, [`${name} as sent`, href], [`${name} path`, pathname + search]]
}

const privateParts = (jwks: string): [string, string][] =>
  [...jwks.matchAll(/"d"\s*:\s*"([^"]+)"/g)].map(([, d], index) => [`private key ${index + 1}`, d!])
