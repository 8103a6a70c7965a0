const PROGRAMS = [
  [/\b(?:Edg|EdgA|EdgiOS)\//, 'Edge'],
  [/\b(?:OPR|Opera)\//, 'Opera'],
  [/\b(?:Firefox|FxiOS)\//, 'Firefox'],
  [/\b(?:Chrome|CriOS|HeadlessChrome)\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
] as const
const SYSTEMS = [
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b/, 'macOS'],
  [/\bLinux\b/, 'Linux'],
] as const

/**
 * The program behind a session as it calls itself. Most browsers claim to be several others, so the order counts; what
 * is no browser is known by its first word.
 */
export function describeAgent(userAgent: string): { program: string; system: string | null } {
  const find = (names: typeof PROGRAMS | typeof SYSTEMS) =>
    names.find(([pattern]) => pattern.test(userAgent))?.[1]
  const program = find(PROGRAMS)
  return program === undefined
    ? { program: userAgent.trim().split(/\s/, 1)[0] ?? '', system: null }
    : { program, system: find(SYSTEMS) ?? null }
}
