import { IRREGULAR_PERSONS } from './dictionary/irregular-verbs.ts'

/** Masculine, feminine, masculine plural, feminine plural; of verbs: I, you or she, we, they. */
export type FourForms = readonly [string, string, string, string]

/** The plural of a Portuguese noun or adjective that has a regular one. */
export function pluralizePortuguese(word: string): string {
  if (word.endsWith('ão')) return `${word.slice(0, -2)}ões`
  if (/[áéíóú].*il$/.test(word)) return `${word.slice(0, -2)}eis`
  if (word.endsWith('vel')) return `${word.slice(0, -2)}eis`
  if (word.endsWith('il')) return `${word.slice(0, -1)}s`
  if (word.endsWith('el')) return `${word.slice(0, -2)}éis`
  if (word.endsWith('ol')) return `${word.slice(0, -2)}óis`
  if (/[au]l$/.test(word)) return `${word.slice(0, -1)}is`
  if (word.endsWith('m')) return `${word.slice(0, -1)}ns`
  if (/[rz]$/.test(word)) return `${word}es`
  return /[sx]$/.test(word) ? word : `${word}s`
}

/** `masculine[/feminine[/masculine plural/feminine plural]]`. */
export function inflectAdjective(entry: string): FourForms {
  const [masculine = '', feminine = masculine.replace(/o$/, 'a'), masculines, feminines] = entry.split('/')
  return [
    masculine,
    feminine,
    masculines ?? pluralizePortuguese(masculine),
    feminines ?? pluralizePortuguese(feminine),
  ]
}

export type PortugueseVerb = {
  infinitive: string
  participle: FourForms
  gerund: string
  present: FourForms
  past: FourForms
  /** How somebody is asked to do it: `aprove`. Understood and never written. */
  request: string[]
}

/** `infinitive[/present[/past[/participle[/gerund]]]]`, all in the third person; an empty place is regular. */
export function inflectPortugueseVerb(entry: string): PortugueseVerb {
  const [infinitive = '', third, thirdPast, participle, gerund] = entry.split('/')
  const stem = infinitive.slice(0, -2)
  const regular = regularForms(infinitive)
  const [firstNow, firstPast, wePast, theyPast] = irregularPersons(infinitive)
  const now = third || regular.now
  const past = thirdPast || regular.past
  const vowel = infinitive.at(-2)!
  return {
    infinitive,
    participle: inflectAdjective(participle || regular.participle),
    gerund: gerund || regular.gerund,
    present: [
      firstNow ?? (now.endsWith('eia') ? now.replace(/a$/, 'o') : regular.first),
      now,
      infinitive === 'ir' ? 'vamos' : regular.we,
      pluralizeThird(now),
    ],
    past: [
      firstPast ?? (vowel === 'a' ? `${soften(stem)}ei` : regular.firstPast),
      past,
      wePast ?? regular.wePast,
      theyPast ?? regular.theyPast,
    ],
    request: third || vowel !== 'a' ? [] : [`${soften(stem)}e`],
  }
}

/** I now, and in the past I, we and they. */
function irregularPersons(infinitive: string): (string | undefined)[] {
  const line = IRREGULAR_PERSONS.split('\n').find((entry) => entry.startsWith(`${infinitive} `))
  const [, now, past = ''] = line?.split(' ') ?? []
  return [now, ...past.split('/').map((form) => form || undefined)]
}

/** aprova, aprovam; mantém, mantêm; faz, fazem; inclui, incluem. */
function pluralizeThird(third: string): string {
  if (third === 'vai') return 'vão'
  if (third === 'dá') return 'dão'
  if (/ém$/.test(third)) return third.replace(/ém$/, 'êm')
  if (/[êeé]m$/.test(third)) return third.replace(/em$/, 'êm')
  if (/õe$/.test(third)) return `${third}m`
  if (/ê$/.test(third)) return third.replace(/ê$/, 'eem')
  if (/z$/.test(third)) return `${third}em`
  if (/(?:quer)$/.test(third)) return `${third}em`
  if (/ói$/.test(third)) return third.replace(/ói$/, 'oem')
  if (/[uas]i$/.test(third)) return third.replace(/i$/, 'em')
  return third === 'ri' || third === 'sorri' ? `${third}em` : `${third}m`
}

/** The sound stays and the spelling changes: explicar, explique; pagar, pague; avançar, avance. */
function soften(stem: string): string {
  if (stem.endsWith('c')) return `${stem.slice(0, -1)}qu`
  if (stem.endsWith('g')) return `${stem}u`
  return stem.endsWith('ç') ? `${stem.slice(0, -1)}c` : stem
}

function regularForms(infinitive: string) {
  const stem = infinitive.slice(0, -2)
  const vowel = infinitive.at(-2)!
  if (vowel === 'a') {
    return {
      first: `${stem}o`,
      now: `${stem}a`,
      we: `${stem}amos`,
      firstPast: `${stem}ei`,
      past: `${stem}ou`,
      wePast: `${stem}amos`,
      theyPast: `${stem}aram`,
      participle: `${stem}ado`,
      gerund: `${stem}ando`,
    }
  }
  // agradecer, agradeço; exigir, exijo.
  const first = stem.replace(/c$/, 'ç').replace(/g$/, 'j')
  // excluir, excluímos; sair, saímos: next to a vowel the i is a syllable of its own and says so.
  const stressed = /(?:[ao]|[^gq]u)ir$/.test(infinitive) ? 'í' : vowel
  return {
    first: `${first}o`,
    now: stressed === 'í' ? `${stem}i` : `${stem}e`,
    we: `${stem}${stressed}mos`,
    firstPast: `${stem}${stressed === 'í' ? 'í' : 'i'}`,
    past: `${stem}${vowel}u`,
    wePast: `${stem}${stressed}mos`,
    theyPast: `${stem}${stressed}ram`,
    participle: `${stem}${stressed === 'í' ? 'í' : 'i'}do`,
    gerund: `${stem}${vowel}ndo`,
  }
}
