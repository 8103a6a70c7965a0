import { createHash, randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'

/** Who is signed in at the provider. */
export type ProviderAccount = { sub: string; email: string; email_verified: boolean; name?: string }

export type OidcProvider = {
  issuer: string
  /** Changes what the next ID token says, or who signs it. */
  next: { account: ProviderAccount; nonce?: string; audience?: string; issuer?: string; foreignKey?: boolean }
  /** A signed token of this issuer, as an authorization server hands them out for an API. */
  signAccessToken(claims: Record<string, unknown>, audience: string): Promise<string>
  close(): Promise<void>
}

const CLIENT = { id: 'countersign', secret: 'a secret of the provider' }

/** An OpenID provider on loopback that signs in whoever the test says, and checks PKCE, client and redirect as a real one. */
export async function startOidcProvider(): Promise<OidcProvider> {
  const { privateKey, publicKey } = await generateKeyPair('RS256')
  const foreign = await generateKeyPair('RS256')
  const codes = new Map<string, { challenge: string; nonce: string; redirectUri: string }>()
  const provider = {
    next: { account: { sub: 'ana', email: 'ana@example.com', email_verified: true } },
  } as OidcProvider

  const sign = (claims: Record<string, unknown>, audience: string, key = privateKey) =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: 'RS256', kid: 'one' })
      .setIssuer(provider.next.issuer ?? provider.issuer)
      .setAudience(audience)
      .setIssuedAt()
      .setExpirationTime('5m')
      .sign(key)

  const server = createServer(async (request, response) => {
    const url = new URL(request.url!, provider.issuer)
    const answer = (status: number, body: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    if (url.pathname === '/.well-known/openid-configuration') {
      return answer(200, {
        issuer: provider.issuer,
        authorization_endpoint: `${provider.issuer}/authorize`,
        token_endpoint: `${provider.issuer}/token`,
        jwks_uri: `${provider.issuer}/jwks`,
        response_types_supported: ['code'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['RS256'],
        code_challenge_methods_supported: ['S256'],
      })
    }
    if (url.pathname === '/jwks') {
      return answer(200, {
        keys: [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'RS256', use: 'sig' }],
      })
    }
    if (url.pathname === '/authorize') {
      const query = url.searchParams
      const code = randomUUID()
      const redirectUri = query.get('redirect_uri')!
      codes.set(code, { challenge: query.get('code_challenge')!, nonce: query.get('nonce')!, redirectUri })
      const back = new URL(redirectUri)
      back.search = new URLSearchParams({ code, state: query.get('state')! }).toString()
      return response.writeHead(302, { location: back.href }).end()
    }
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const form = new URLSearchParams(Buffer.concat(chunks).toString())
    const known = codes.get(form.get('code')!)
    codes.delete(form.get('code')!)
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url')
    const holds =
      known?.challenge === challenge &&
      known.redirectUri === form.get('redirect_uri') &&
      form.get('client_id') === CLIENT.id &&
      form.get('client_secret') === CLIENT.secret
    if (!holds) return answer(400, { error: 'invalid_grant' })
    const { account, nonce, audience, foreignKey } = provider.next
    const idToken = await sign(
      { ...account, nonce: nonce ?? known.nonce },
      audience ?? CLIENT.id,
      foreignKey ? foreign.privateKey : privateKey,
    )
    return answer(200, { access_token: 'unused', token_type: 'Bearer', id_token: idToken })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  provider.issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  provider.signAccessToken = (claims, audience) => sign(claims, audience)
  provider.close = () => new Promise<void>((resolve) => server.close(() => resolve()))
  return provider
}

export const OIDC_CLIENT = { OIDC_CLIENT_ID: CLIENT.id, OIDC_CLIENT_SECRET: CLIENT.secret }
