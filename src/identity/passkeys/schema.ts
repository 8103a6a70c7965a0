import { z } from 'zod'
import { LoginInput, UserChange } from '../schema.ts'

/** Bytes as WebAuthn writes them. The longest of them, an attestation, has some kilobytes. */
const bytes = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .regex(/^[A-Za-z0-9_-]+$/, 'Input should be base64url without padding')

// Authenticators may name a credential in up to 1023 bytes.
const CredentialId = bytes(1364)
const Transport = z.string().max(32)

const credential = {
  id: CredentialId,
  rawId: CredentialId,
  type: z.literal('public-key'),
  authenticatorAttachment: z.string().max(32).nullish(),
  clientExtensionResults: z.record(z.string(), z.json()).optional(),
}

/** What the browser answers to `navigator.credentials.get`, as AuthenticationResponseJSON of WebAuthn level 3. */
const PasskeyAssertion = z.object({
  ...credential,
  response: z.object({
    clientDataJSON: bytes(4096),
    authenticatorData: bytes(4096),
    signature: bytes(4096),
    userHandle: z.string().max(128).nullish(),
  }),
})
export type PasskeyAssertion = z.infer<typeof PasskeyAssertion>

const CurrentPassword = LoginInput.shape.password

/** How somebody proves anew who they are, with an answer that policy wants it for. */
export const FreshAuthenticationInput = z.discriminatedUnion('method', [
  z.strictObject({ method: z.literal('password'), password: CurrentPassword }),
  z.strictObject({
    method: z.literal('passkey'),
    assertion: PasskeyAssertion.describe('its challenge is the one of this decision and payload'),
  }),
])
export type FreshAuthenticationInput = z.infer<typeof FreshAuthenticationInput>

export const PasskeyStart = z.strictObject({ password: CurrentPassword })

const PasskeyName = UserChange.shape.name.unwrap()

export const PasskeyRegistration = z.strictObject({
  name: PasskeyName.default('Passkey'),
  credential: z
    .object({
      ...credential,
      response: z.object({
        clientDataJSON: bytes(4096),
        attestationObject: bytes(65_536),
        transports: z.array(Transport).max(10).optional(),
      }),
    })
    .describe('what navigator.credentials.create answered'),
})
export type PasskeyRegistration = z.infer<typeof PasskeyRegistration>

export const PasskeyChange = z.strictObject({ name: PasskeyName })

const timestamp = z.string().describe('ISO 8601 in UTC')

export const Passkey = z.object({
  id: z.uuid(),
  name: z.string(),
  credential_id: z.string().describe('base64url, for allowCredentials'),
  transports: z.array(z.string()),
  relying_party_id: z.string().describe('the host name that it is good at'),
  created_at: timestamp,
  last_used_at: timestamp.nullable(),
})
export type Passkey = z.infer<typeof Passkey>

export const PasskeyList = z.object({ passkeys: z.array(Passkey) })
export type PasskeyList = z.infer<typeof PasskeyList>

/** What the browser is told to make a passkey: PublicKeyCredentialCreationOptionsJSON of WebAuthn level 3. */
export const PasskeyOptions = z.looseObject({
  challenge: z.string(),
  rp: z.object({ id: z.string().optional(), name: z.string() }),
})
