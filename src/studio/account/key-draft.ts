import type { ApiKeyInput, Permission } from '../../identity/schema.ts'

export type Expiry = '30' | '90' | '365' | 'never' | 'day'

/** A key while its form is filled in. */
export type KeyDraft = {
  name: string
  permissions: Permission[]
  expiry: Expiry
  /** `2027-01-31`, where a day is chosen. */
  day: string
  policies: string[]
}

export const NEW_KEY: KeyDraft = {
  name: '',
  permissions: ['read', 'write'],
  expiry: '90',
  day: '',
  policies: [],
}

const DAY_MS = 86_400_000

export function inputOf(draft: KeyDraft, now: number): ApiKeyInput {
  return {
    name: draft.name.trim(),
    permissions: draft.permissions,
    policies: draft.policies,
    expires_at: expiryOf(draft, now)?.toISOString() ?? null,
  }
}

/** A chosen day counts to its end where the browser is. */
function expiryOf({ expiry, day }: KeyDraft, now: number): Date | null {
  if (expiry === 'never') return null
  return expiry === 'day' ? new Date(`${day}T23:59:59`) : new Date(now + Number(expiry) * DAY_MS)
}

/** Whether a day is chosen where one has to be, and is not over. */
export function hasDay(draft: KeyDraft, now: number): boolean {
  return draft.expiry !== 'day' || Date.parse(`${draft.day}T23:59:59`) > now
}
