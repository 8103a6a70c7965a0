const MASK = '[secret]'

type Form = [pattern: RegExp, left: string | ((whole: string, ...groups: (string | undefined)[]) => string)]

/**
 * What credentials look like, whoever they are of, and what is left of each. They are looked for in whatever a stranger
 * sends, so each reads a text once: what may be repeated without end either ends the pattern, or cannot begin anew
 * within what it has read.
 */
const FORMS: Form[] = [
  // Private keys, within JSON too, where a line ends with the two characters `\n`.
  [
    /(-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----)(?:[A-Za-z0-9+/=\s:,.]+|-(?!----)|\\+[nr]){1,2000}/g,
    `$1${MASK}`,
  ],
  // Our own: API keys, refresh tokens, invitations.
  [/\b(cs[a-z])_[A-Za-z0-9_-]{20,}/g, `$1_${MASK}`],
  // Signed tokens, those of executions and sessions among them. What only begins like one is read to its end as well, and stays.
  [/\beyJ[\w-]{5,}(\.[\w-]+\.[\w-]*)?/g, (whole, rest) => (rest === undefined ? whole : MASK)],
  [/\b(Bearer|DPoP) +[A-Za-z0-9._~+/=-]{6,}/gi, `$1 ${MASK}`],
  [/\b(Basic) +(?=\S*[\d=+/])[A-Za-z0-9+/=]{8,}/g, `$1 ${MASK}`],
  // Keys of providers, in the forms that secret scanners know.
  [/\b(sk|pk|rk|xox[abprs]|gh[opsu]|github_pat|glpat|lsv2_[ps]t)[-_][A-Za-z0-9_-]{16,}/g, `$1-${MASK}`],
  [/\b(AIza)[\w-]{30,}/g, `$1${MASK}`],
  // The id of an access key and the key, which has no form of its own, where it stands right behind.
  [/\b(A[KS]IA)[0-9A-Z]{16}\b(?:[\s:,;|/]{1,3}[A-Za-z0-9+/]{40}(?![A-Za-z0-9+/]))?/g, `$1${MASK}`],
  // User and password within an address.
  [/([a-z0-9+.-]:\/\/)[^\s/"'\\]*@/gi, `$1${MASK}@`],
  [/(hooks\.slack\.com\/)[^\s"'\\]+/g, `$1${MASK}`],
  // A member or a parameter that names itself, also within text that was escaped before.
  [
    /((?:password|passwd|passphrase|secret|api_?key|access_?key|private_?key|token|authorization)\\*["']\s*:\s*\\*["'])[^"'\\]+/gi,
    `$1${MASK}`,
  ],
  [
    /\b((?:password|passwd|passphrase|secret|api_?key|access_?token|(?:aws_?)?secret_?access_?key)=)[^\s&"'\\,;]+/gi,
    `$1${MASK}`,
  ],
  [
    /([?&](?:access_token|refresh_token|id_token|token|api_?key|key|secret|password|signature|sig|code)=)[^&\s"'#\\]+/gi,
    `$1${MASK}`,
  ],
]

/** Masks whatever in a text looks like a credential: for logs and traces, which secrets never reach. */
export const maskCredentials = (text: string): string =>
  FORMS.reduce((masked, [pattern, left]) => masked.replace(pattern, left as string), text)

/** What stands nearer to a cut may be the beginning of a credential that no form is known by. */
const UNSURE = 4096

/** The beginning of a text, masked. No more is looked at than it takes, and no half of what was cut is shown. */
export function maskBeginning(text: string, longest: number, mask = maskCredentials): string {
  if (text.length <= longest + UNSURE) return mask(text).slice(0, longest)
  const masked = mask(text.slice(0, longest + UNSURE))
  return masked.slice(0, Math.max(0, Math.min(longest, masked.length - UNSURE)))
}

const SECRET_NAMES =
  /^(key|pass|pwd|dsn|cookie|setcookie|authorization|proxyauthorization|jwt|pepper)$|passw|passphrase|secret|token$|apikey|privatekey|signingkey|routingkey|credential|connectionstring|databaseurl|webhookurl|smtpurl/

/** Whether a member of this name holds a secret, however it is spelled. */
export const isSecretName = (name: string): boolean =>
  SECRET_NAMES.test(name.toLowerCase().replaceAll(/[^a-z0-9]/g, ''))
