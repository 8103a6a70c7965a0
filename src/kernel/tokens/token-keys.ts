import { readFile, rename, stat, writeFile } from 'node:fs/promises'
import {
  CompactSign,
  calculateJwkThumbprint,
  compactVerify,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWK,
} from 'jose'
import { z } from 'zod'
import type { Clock } from '../../lib/clock.ts'
import { createFileOnce } from '../../lib/read-or-create-file.ts'

const Key = z.looseObject({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: z.string(),
  d: z.string(),
  kid: z.string().min(1),
})
const KeyFile = z.strictObject({
  /** Newest first; the first one signs. */
  keys: z
    .array(z.strictObject({ jwk: Key, created_at: z.string(), retired_at: z.string().nullable() }))
    .min(1),
})
type KeyFile = z.infer<typeof KeyFile>

/** The signing keys of execution tokens: one signs, those retired less than the overlap ago still verify. */
export type TokenKeys = {
  sign(header: { typ: string }, payload: object): Promise<string>
  /** The payload of a token signed by one of the keys, or null. */
  verify(token: string, typ: string): Promise<unknown>
  /** The public keys, for `/.well-known/jwks.json` (RFC 7517). */
  publicKeys(): Promise<{ keys: JWK[] }>
  /** Makes a new key the signer. Fails where the keys were given from outside. */
  rotate(): Promise<{ kid: string; retired: string }>
}

/** A retired key verifies for this long: longer than any token lives. */
const OVERLAP_MS = 24 * 3600_000

/** Keys from a file readable by its owner alone, made at first use and reread when another process rotated it. */
export async function openTokenKeyFile(path: string, clock: Clock): Promise<TokenKeys> {
  let loaded: { version: string; file: KeyFile } | undefined
  const save = async (file: KeyFile) => {
    const temporary = `${path}.${process.pid}.tmp`
    await writeFile(temporary, textOf(file), { mode: 0o600 })
    await rename(temporary, path)
    loaded = undefined
  }
  const load = async (): Promise<KeyFile> => {
    const { mtimeMs, ino } = await stat(path)
    // Clocks of file systems tick every few milliseconds: each writing is another file, too.
    const version = `${mtimeMs} ${ino}`
    if (loaded?.version !== version) {
      const parsed = KeyFile.safeParse(JSON.parse(await readFile(path, 'utf8')))
      if (!parsed.success)
        throw new Error(`${path} does not hold token keys; move it away to have new ones made`)
      loaded = { version, file: parsed.data }
    }
    return loaded.file
  }
  await stat(path).catch(async () => createFileOnce(path, textOf({ keys: [await newKey(clock)] })))
  await load()
  return makeTokenKeys(load, clock, async () => {
    const file = await load()
    const [current, ...older] = file.keys
    const fresh = await newKey(clock)
    await save({
      keys: [
        fresh,
        { ...current!, retired_at: timeOf(clock) },
        ...older.filter((key) => isUsable(key, clock)),
      ],
    })
    return { kid: fresh.jwk.kid, retired: current!.jwk.kid }
  })
}

/** Keys handed in as a JWK set with private members; the first one signs. Rotation then belongs to whoever gives them. */
export function readTokenKeySet(jwks: string, clock: Clock): TokenKeys {
  const parsed = z.object({ keys: z.array(Key).min(1) }).safeParse(safeJson(jwks))
  if (!parsed.success) {
    throw new Error(
      'COUNTERSIGN_TOKEN_KEYS: expected a JWK set {"keys":[{"kty":"OKP","crv":"Ed25519","kid","x","d"}]}',
    )
  }
  const file: KeyFile = {
    keys: parsed.data.keys.map((jwk) => ({ jwk, created_at: timeOf(clock), retired_at: null })),
  }
  return makeTokenKeys(
    async () => file,
    clock,
    () =>
      Promise.reject(
        new Error('the token keys come from COUNTERSIGN_TOKEN_KEYS: put the new key first there and restart'),
      ),
  )
}

function makeTokenKeys(load: () => Promise<KeyFile>, clock: Clock, rotate: TokenKeys['rotate']): TokenKeys {
  return {
    rotate,
    async sign(header, payload) {
      const { jwk } = (await load()).keys[0]!
      return new CompactSign(new TextEncoder().encode(JSON.stringify(payload)))
        .setProtectedHeader({ alg: 'EdDSA', kid: jwk.kid, ...header })
        .sign(await importJWK(jwk as JWK, 'EdDSA'))
    },
    async verify(token, typ) {
      const { keys } = await load()
      try {
        const { payload, protectedHeader } = await compactVerify(
          token,
          (header) => {
            const key = keys.find(
              (candidate) => candidate.jwk.kid === header.kid && isUsable(candidate, clock),
            )
            if (!key) throw new Error('unknown key')
            return importJWK(publicPart(key.jwk as JWK), 'EdDSA')
          },
          { algorithms: ['EdDSA'] },
        )
        return protectedHeader.typ === typ ? JSON.parse(new TextDecoder().decode(payload)) : null
      } catch {
        return null
      }
    },
    async publicKeys() {
      const { keys } = await load()
      return {
        keys: keys
          .filter((key) => isUsable(key, clock))
          .map(({ jwk }) => ({ ...publicPart(jwk as JWK), use: 'sig', alg: 'EdDSA' })),
      }
    },
  }
}

async function newKey(clock: Clock): Promise<KeyFile['keys'][number]> {
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true })
  const jwk = await exportJWK(privateKey)
  const kid = (await calculateJwkThumbprint(jwk)).slice(0, 16)
  return { jwk: { ...jwk, kid } as z.infer<typeof Key>, created_at: timeOf(clock), retired_at: null }
}

function publicPart({ kty, crv, x, kid }: JWK): JWK {
  return { kty: kty!, crv: crv!, x: x!, kid: kid! }
}

const textOf = (file: KeyFile) => JSON.stringify(file, null, 2)

const timeOf = (clock: Clock) => new Date(clock.now()).toISOString()

const isUsable = (key: KeyFile['keys'][number], clock: Clock) =>
  key.retired_at === null || Date.parse(key.retired_at) + OVERLAP_MS > clock.now()

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
