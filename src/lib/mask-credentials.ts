const MASK = '[secret]'

/** What credentials look like, whoever they are of, and what is left of each. */
const FORMS: [pattern: RegExp, left: string][] = [
  // Our own: API keys, refresh tokens, invitations.
  [/\b(cs[a-z])_[A-Za-z0-9_-]{20,}/g, `$1_${MASK}`],
  // Signed tokens, those of executions and sessions among them.
  [/\beyJ[\w-]{5,}\.[\w-]+\.[\w-]*/g, MASK],
  [/\b(Bearer|DPoP) +[A-Za-z0-9._~+/=-]{6,}/gi, `$1 ${MASK}`],
  [/\b(Basic) +(?=\S*[\d=+/])[A-Za-z0-9+/=]{8,}/g, `$1 ${MASK}`],
  // Keys of providers, in the forms that secret scanners know.
  [/\b(sk|pk|rk|xox[abprs]|gh[opsu]|lsv2_[ps]t)[-_][A-Za-z0-9_-]{16,}/g, `$1-${MASK}`],
  // User and password within an address.
  [/([a-z][a-z0-9+.-]*:\/\/)[^\s/"'\\]*@/gi, `$1${MASK}@`],
  [/(hooks\.slack\.com\/)[^\s"'\\]+/g, `$1${MASK}`],
  // A member or a parameter that names itself, also within text that was escaped before.
  [/((?:password|passwd|passphrase|secret|api_?key|token)\\*["']\s*:\s*\\*["'])[^"'\\]+/gi, `$1${MASK}`],
  [/\b((?:password|passwd|passphrase|secret|api_?key|access_?token)=)[^\s&"'\\,;]+/gi, `$1${MASK}`],
  [
    /([?&](?:access_token|refresh_token|id_token|token|api_?key|key|secret|password|signature|sig|code)=)[^&\s"'#\\]+/gi,
    `$1${MASK}`,
  ],
]

/** Masks whatever in a text looks like a credential: for logs and traces, which secrets never reach. */
export const maskCredentials = (text: string): string =>
  FORMS.reduce((masked, [pattern, left]) => masked.replace(pattern, left), text)

const SECRET_NAMES =
  /^(key|pass|pwd|dsn|cookie|setcookie|authorization|proxyauthorization|jwt|pepper)$|passw|passphrase|secret|token$|apikey|privatekey|signingkey|routingkey|credential|connectionstring|databaseurl|webhookurl|smtpurl/

/** Whether a member of this name holds a secret, however it is spelled. */
export const isSecretName = (name: string): boolean =>
  SECRET_NAMES.test(name.toLowerCase().replaceAll(/[^a-z0-9]/g, ''))
