import { z } from 'zod'
import { Principal } from '../kernel/schema.ts'

/** The latest moment the database and ISO 8601 with four digits both carry. */
const LAST_MS = Date.parse('9999-12-31T23:59:59.999Z')

/** `\p{C}`: control, invisible format, unassigned characters and lone surrogates. */
const EMAIL = /^[^\s@"\p{C}]{1,64}@[^\s@"\p{C}]{1,189}$/u

/** The e-mail as its owner writes it; letters' case is kept, and does not count when two are compared. */
const Email = z
  .string()
  .trim()
  .normalize('NFC')
  .regex(EMAIL, 'Input should be an e-mail address, e.g. ana@example.com')

// A name stands beside approvals, so it must not be able to rewrite the line it stands in (bidirectional controls).
const UNPRINTABLE = /[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u
const DisplayName = z
  .string()
  .trim()
  .normalize('NFC')
  .min(1)
  .max(200)
  .refine((name) => !UNPRINTABLE.test(name), 'Input should have no control characters')

// NFC, because the same password typed on another system may arrive decomposed.
const Password = z
  .string()
  .normalize('NFC')
  .max(256)
  .refine((password) => password.isWellFormed(), 'Input should be Unicode text without lone surrogates')

export const RegisterInput = z.strictObject({
  email: Email,
  password: Password.min(8),
  name: DisplayName,
  invitation_token: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe('joins the tenant that invited this e-mail; without it the account gets one of its own'),
})
export type RegisterInput = z.infer<typeof RegisterInput>

export const LoginInput = z.strictObject({ email: Email, password: Password.min(1) })
export type LoginInput = z.infer<typeof LoginInput>

const AvatarUrl = z.url({ protocol: /^https$/ }).max(2000)

export const UserChange = z
  .strictObject({
    name: DisplayName.optional(),
    avatar_url: AvatarUrl.nullable().optional(),
    current_password: Password.min(1).optional(),
    new_password: Password.min(8).optional().describe('needs current_password; ends every other session'),
  })
  .refine(
    (change) => Object.values(change).some((value) => value !== undefined),
    'Input should change something',
  )
  .refine((change) => (change.current_password === undefined) === (change.new_password === undefined), {
    message: 'Input should have both current_password and new_password, or neither',
    path: ['new_password'],
  })
export type UserChange = z.infer<typeof UserChange>

/** Optional in the body, because a browser sends it as a cookie. */
export const RefreshInput = z.strictObject({ refresh_token: z.string().min(1).max(200).optional() })
export type RefreshInput = z.infer<typeof RefreshInput>

export const Permission = Principal.shape.permissions.element
export type Permission = z.infer<typeof Permission>

export const Role = Principal.shape.role
export type Role = z.infer<typeof Role>

export const ApiKeyInput = z.strictObject({
  name: DisplayName,
  permissions: z
    .array(Permission)
    .min(1)
    .refine((list) => new Set(list).size === list.length, 'List should name each permission once')
    .default(['read', 'write']),
  policies: z
    .array(z.string().min(1).max(256))
    .max(100)
    .refine((list) => new Set(list).size === list.length, 'List should name each policy once')
    .default([])
    .describe('ids of policies of scope `agent` that hold for whatever the key does; they only tighten'),
  expires_at: z.iso
    .datetime({ offset: true, error: 'Input should be a date-time with a zone, e.g. 2027-01-31T12:00:00Z' })
    .refine((text) => Date.parse(text) <= LAST_MS, 'Input should be a date-time before the year 10000')
    .nullish()
    .describe('ISO 8601 with a zone, in the future; without it the key does not expire'),
})
export type ApiKeyInput = z.infer<typeof ApiKeyInput>

const timestamp = z.string().describe('ISO 8601 in UTC')

export const InvitationInput = z.strictObject({ email: Email, role: Role.default('user') })
export type InvitationInput = z.infer<typeof InvitationInput>

export const Invitation = z.object({
  id: z.uuid(),
  email: z.string(),
  role: Role,
  status: z.enum(['pending', 'accepted', 'revoked', 'expired']),
  created_by: z.string(),
  created_at: timestamp,
  expires_at: timestamp,
  accepted_at: timestamp.nullable(),
  revoked_at: timestamp.nullable(),
})
export type Invitation = z.infer<typeof Invitation>

export const InvitationCreated = Invitation.extend({
  invitation_token: z.string().describe('shown this once; good for one registration'),
})
export type InvitationCreated = z.infer<typeof InvitationCreated>

export const MemberChange = z.strictObject({ role: Role })

export const User = z.object({
  id: z.uuid(),
  email: z.string(),
  name: z.string(),
  avatar_url: z.string().nullable(),
  role: Role,
  tenant_id: z.string(),
  created_at: timestamp,
  logline_id: z.string().nullable().describe('such as LL-BR-2026-000000017-9F3A01BC'),
})
export type User = z.infer<typeof User>

/** Why a sign-in at the provider came to nothing, as the Studio's page of signing in is told. */
export const OidcFault = z.enum([
  'OIDC_DECLINED',
  'OIDC_ANSWER',
  'OIDC_TOO_LATE',
  'OIDC_EMAIL_UNVERIFIED',
  'OIDC_DOMAIN',
  'OIDC_EMAIL_TAKEN',
  'OIDC_UNAVAILABLE',
  'OIDC_NOT_CONFIGURED',
  'RATE_LIMITED',
])
export type OidcFault = z.infer<typeof OidcFault>

/** What signing in answers. */
export const SessionAnswer = z.object({
  user: User,
  access_token: z.string().describe('JWT (RFC 9068 type at+jwt); dead as soon as its session is'),
  refresh_token: z.string().describe('good for one use; using it twice ends the session'),
  token_type: z.literal('Bearer'),
  expires_in: z.int().describe('seconds until the access token expires'),
})
export type SessionAnswer = z.infer<typeof SessionAnswer>

/** A session as its user sees it. */
export const SessionView = z.object({
  id: z.uuid(),
  created_at: timestamp,
  last_used_at: timestamp.nullable().describe('to the minute'),
  expires_at: timestamp,
  revoked_at: timestamp.nullable(),
  ip: z.string().nullable(),
  user_agent: z.string().nullable(),
  current: z.boolean().describe('the session of this very request'),
})
export type SessionView = z.infer<typeof SessionView>

export const ApiKey = z.object({
  id: z.uuid(),
  name: z.string(),
  prefix: z.string().describe('the first 12 characters, to tell keys apart'),
  permissions: z.array(Permission),
  policies: z.array(z.string()),
  created_at: timestamp,
  expires_at: timestamp.nullable(),
  last_used_at: timestamp.nullable().describe('to the minute'),
  revoked_at: timestamp.nullable(),
})
export type ApiKey = z.infer<typeof ApiKey>

/** A key as administrators of its tenant see it. */
export const TenantApiKey = ApiKey.extend({
  owner: z.object({ id: z.uuid(), name: z.string(), email: z.string() }),
})
export type TenantApiKey = z.infer<typeof TenantApiKey>

export const ApiKeyCreated = ApiKey.extend({ key: z.string().describe('shown this once') })
export type ApiKeyCreated = z.infer<typeof ApiKeyCreated>
