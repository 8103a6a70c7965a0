import type { Json } from '../../../lib/canonical-json.ts'
import { findReferences, listTexts } from './fill-template.ts'

const MASK = '[secret]'

/** The secrets that the templates within a configuration name, by name; those that are not there are left out. */
export function namedSecrets(config: Json, secrets: Record<string, string>): Record<string, string> {
  const named: Record<string, string> = {}
  for (const { text } of listTexts(config)) {
    for (const reference of findReferences(text)) {
      if (typeof reference !== 'object' || reference.kind !== 'secret') continue
      if (Object.hasOwn(secrets, reference.name)) named[reference.name] = secrets[reference.name]!
    }
  }
  return named
}

/**
 * Makes a function that masks secrets in what came back from somewhere they were sent: as they are and in the forms
 * that servers tend to echo them in (percent-encoded, form-encoded, base64, escaped for JSON).
 */
export function makeMask(secrets: Record<string, string>): <T extends Json>(value: T) => T {
  const forms = new Set<string>()
  for (const secret of Object.values(secrets)) {
    if (secret === '') continue
    const bytes = Buffer.from(secret)
    forms
      .add(secret)
      .add(encodeURIComponent(secret))
      .add(new URLSearchParams([['', secret]]).toString().slice(1))
      .add(JSON.stringify(secret).slice(1, -1))
      .add(bytes.toString('base64'))
      .add(bytes.toString('base64url'))
  }
  // Longest first, or a secret that begins with another would leave its rest behind.
  const ordered = [...forms].sort((a, b) => b.length - a.length)
  const maskText = (text: string) => ordered.reduce((masked, form) => masked.replaceAll(form, MASK), text)
  const mask = (value: Json): Json => {
    if (typeof value === 'string') return maskText(value)
    if (typeof value === 'number') return forms.has(String(value)) ? MASK : value
    if (Array.isArray(value)) return value.map(mask)
    if (value === null || typeof value !== 'object') return value
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [maskText(name), mask(inner)]))
  }
  return (ordered.length === 0 ? (value) => value : mask) as <T extends Json>(value: T) => T
}
