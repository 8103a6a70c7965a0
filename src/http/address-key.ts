import ipaddr from 'ipaddr.js'

/**
 * What an address is counted by. Whoever has an IPv6 network has at least a /64 of it, 2^64 addresses to take turns with;
 * an IPv4 address that came mapped into IPv6 is the IPv4 address. What is no address is counted as one.
 */
export function addressKey(address: string | undefined): string {
  if (!address || !ipaddr.isValid(address)) return 'unknown'
  const parsed = ipaddr.process(address)
  if (parsed.kind() === 'ipv4') return parsed.toString()
  return `${ipaddr.IPv6.networkAddressFromCIDR(`${withoutZone(parsed.toNormalizedString())}/64`)}/64`
}

const withoutZone = (address: string) => address.replace(/%.*$/, '')
