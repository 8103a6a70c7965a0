import type { Unit } from './read-words.ts'

const BASES: Record<string, string> = { has: 'have', had: 'have' }
const HELPERS: Record<string, string> = { has: "doesn't", had: "didn't" }

/**
 * English denies most verbs by "do": "não funciona" is "doesn't work". Gives what "não", or the verb behind it, becomes
 * then; undefined for everything else. Each word stays one word, so that no white space is lost or gained.
 */
export function translateNegation(units: readonly Unit[], index: number): string | undefined {
  const unit = units[index]!
  const next = units[index + 1]
  if (isNegation(unit) && next?.adjoins) return helperOf(next)
  const before = units[index - 1]
  if (!unit.adjoins || !before || !isNegation(before) || !helperOf(unit)) return undefined
  return unit.sense!.base ?? BASES[unit.sense!.target] ?? unit.sense!.target
}

const isNegation = ({ token }: Unit) => token.value.toLowerCase() === 'não'

function helperOf({ token, sense }: Unit): string | undefined {
  switch (sense?.class) {
    case 'third':
      return "doesn't"
    case 'past':
      return "didn't"
    case 'auxiliary':
      return HELPERS[sense.target] ?? "don't"
    case 'verb':
      // The infinitive is denied as it is: "não abrir".
      return /r$/i.test(token.value) ? undefined : "don't"
    default:
      return undefined
  }
}
