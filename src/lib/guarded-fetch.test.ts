import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createGuardedFetch, ForbiddenAddressError, isPublicAddress } from './guarded-fetch.ts'

describe('which addresses are public', () => {
  test.each([
    '1.1.1.1',
    '8.8.8.8',
    '9.255.255.255',
    '11.0.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '172.15.255.255',
    '172.32.0.0',
    '192.167.255.255',
    '223.255.255.255',
    '2606:4700:4700::1111',
    '2001:4860:4860::8888',
    '::ffff:8.8.8.8',
  ])('%s is', (address) => {
    expect(isPublicAddress(address)).toBe(true)
  })

  test.each([
    ['this host', '0.0.0.0'],
    ['this network', '0.1.2.3'],
    ['loopback', '127.0.0.1'],
    ['loopback', '127.255.255.254'],
    ['private', '10.0.0.1'],
    ['private', '172.16.0.1'],
    ['private', '172.31.255.255'],
    ['private', '192.168.0.1'],
    ['carrier-grade NAT', '100.64.0.1'],
    ['carrier-grade NAT', '100.127.255.255'],
    ['link-local, cloud metadata', '169.254.169.254'],
    ['IETF protocols', '192.0.0.1'],
    ['documentation', '192.0.2.1'],
    ['documentation', '198.51.100.1'],
    ['documentation', '203.0.113.1'],
    ['benchmarks', '198.18.0.1'],
    ['benchmarks', '198.19.255.255'],
    ['6to4 relay', '192.88.99.1'],
    ['multicast', '224.0.0.1'],
    ['reserved', '240.0.0.1'],
    ['broadcast', '255.255.255.255'],
    ['unspecified', '::'],
    ['loopback', '::1'],
    ['IPv4-compatible', '::127.0.0.1'],
    ['IPv4-mapped loopback', '::ffff:127.0.0.1'],
    ['IPv4-mapped loopback in hex', '::ffff:7f00:1'],
    ['IPv4-mapped private', '::ffff:10.0.0.1'],
    ['IPv4-mapped metadata', '::ffff:169.254.169.254'],
    ['IPv4-translated', '::ffff:0:127.0.0.1'],
    ['NAT64', '64:ff9b::7f00:1'],
    ['NAT64 of its own', '64:ff9b:1::7f00:1'],
    ['6to4', '2002:7f00:1::'],
    ['Teredo', '2001:0:1::1'],
    ['unique local', 'fc00::1'],
    ['unique local', 'fdff::1'],
    ['link-local', 'fe80::1'],
    ['link-local with a zone', 'fe80::1%eth0'],
    ['site-local', 'fec0::1'],
    ['multicast', 'ff02::1'],
    ['discard', '100::1'],
    ['documentation', '2001:db8::1'],
    ['documentation', '3fff::1'],
    ['ORCHID', '2001:20::1'],
    ['a name', 'localhost'],
    ['nothing', ''],
    ['a number in decimal', '2130706433'],
    ['a number in hex', '0x7f000001'],
    ['a number in octal', '0177.0.0.1'],
    ['short', '127.1'],
  ])('%s is not: %s', (_, address) => {
    expect(isPublicAddress(address)).toBe(false)
  })
})

describe('createGuardedFetch', () => {
  let server: Server
  let origin: string
  let port: number
  const received: string[] = []
  beforeAll(async () => {
    server = createServer((request, response) => {
      received.push(request.url!)
      if (request.url === '/away') response.writeHead(302, { location: '/elsewhere' })
      response.end('here')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    port = (server.address() as AddressInfo).port
    origin = `http://127.0.0.1:${port}`
  })
  afterAll(() => new Promise((resolve) => server.close(resolve)))

  test.each([
    'http://127.0.0.1',
    'http://2130706433',
    'http://0x7f000001',
    'http://0x7f.1',
    'http://0177.0.0.1',
    'http://127.1',
    'http://0',
    'http://[::1]',
    'http://[::ffff:127.0.0.1]',
    'http://[::ffff:7f00:1]',
    'http://[64:ff9b::7f00:1]',
    'http://①②⑦.0.0.1',
    'http://127。0。0。1',
    'https://169.254.169.254',
  ])('%s is not called', async (base) => {
    const before = received.length
    await expect(createGuardedFetch([])(`${base}:${port}/`)).rejects.toThrow(ForbiddenAddressError)
    expect(received).toHaveLength(before)
  })

  test('a name that leads to a private address is not called', async () => {
    const before = received.length
    await expect(createGuardedFetch([])(`http://localhost:${port}/`)).rejects.toMatchObject({
      cause: expect.any(ForbiddenAddressError),
    })
    expect(received).toHaveLength(before)
  })

  test.each(['file:///etc/passwd', 'ftp://example.com/', 'data:text/plain,x', 'javascript:1'])(
    '%s is no web address',
    async (url) => {
      await expect(createGuardedFetch([origin])(url)).rejects.toThrow(/expected an http or https address/)
    },
  )

  test('an address that the operator named is called, that very one', async () => {
    const response = await createGuardedFetch([origin])(`${origin}/named`)
    expect(await response.text()).toBe('here')
    await expect(
      createGuardedFetch([`http://127.0.0.1:${port + 1}`])(`${origin}/other-port`),
    ).rejects.toThrow(ForbiddenAddressError)
    await expect(createGuardedFetch([origin])(`http://127.0.0.2:${port}/other-host`)).rejects.toThrow(
      ForbiddenAddressError,
    )
    expect(received.filter((path) => path.startsWith('/other'))).toEqual([])
  })

  test('a redirect is handed back and not followed', async () => {
    const response = await createGuardedFetch([origin])(`${origin}/away`)
    expect([response.status, response.headers.get('location')]).toEqual([302, '/elsewhere'])
    expect(received).not.toContain('/elsewhere')
  })
})
