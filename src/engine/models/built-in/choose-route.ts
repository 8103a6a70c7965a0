import { isFallback } from './fill-choice.ts'
import { judgeCondition } from './judge-condition.ts'
import type { Judged } from './judge-meaning.ts'
import { nameWords } from './read-schema.ts'

export type Route = { id: string; condition: string }

const LEAST_FIT = 0.25

/**
 * The route whose condition fits the data best. When none does: none if that may be answered, else the route that is
 * there for the rest, else the one that demands least.
 */
export function chooseRoute(
  routes: Route[],
  judged: Judged,
  noneAllowed: boolean,
): { route: string | null; reason: string } {
  const ranked = routes
    .map((route, index) => {
      const words = nameWords(route.id).join(' ')
      const isRest =
        isFallback(route.id) ||
        /^\s*(?:otherwise|else|default|anything else|everything else)/i.test(route.condition)
      const condition = route.condition.trim() === '' ? words : route.condition
      const judgement = judgeCondition(condition, judged)
      // The id often says in a word what the condition says in a sentence; against a value read off the data it
      // says nothing.
      const named = judgement.certain || isRest ? 0 : judgeCondition(words, judged).fit
      const fit = isRest ? 0.01 : Math.max(judgement.fit, named * 0.5) + named * 0.15
      return { route, index, isRest, fit, reason: judgement.reason }
    })
    .sort((left, right) => right.fit - left.fit || left.index - right.index)
  const best = ranked[0]!
  if (best.fit >= LEAST_FIT) return { route: best.route.id, reason: best.reason }
  const rest = ranked.find(({ isRest }) => isRest)
  if (rest) return { route: rest.route.id, reason: 'No other route fits.' }
  if (noneAllowed) return { route: null, reason: 'No route fits.' }
  const possible = ranked.filter(({ fit }) => fit > 0)
  if (possible.length > 0)
    return { route: possible[0]!.route.id, reason: `The nearest: ${possible[0]!.reason}` }
  const general = [...ranked].sort(
    (left, right) => demands(left.route) - demands(right.route) || left.index - right.index,
  )[0]!
  return { route: general.route.id, reason: 'No route fits; this one demands least.' }
}

function demands({ condition }: Route): number {
  return condition.split(/\s+/).filter(Boolean).length
}
