/** The plural of an English noun that has a regular one. */
export function pluralizeEnglish(noun: string): string {
  return addS(noun)
}

/** `base[+][/past[/participle]]`, where + doubles the last letter: `cancel+`, `send/sent`, `take/took/taken`. */
export type EnglishVerb = { base: string; third: string; past: string; participle: string; gerund: string }

export function inflectEnglishVerb(entry: string): EnglishVerb {
  const [first = '', irregularPast, irregularParticiple] = entry.split('/')
  const base = first.replace('+', '')
  const stem = first.endsWith('+') ? base + base.at(-1) : base
  const past = irregularPast || addEd(stem)
  return {
    base,
    third: base === 'have' ? 'has' : addS(base),
    past,
    participle: irregularParticiple || past,
    gerund: /[^eoy]e$/.test(stem) ? `${stem.slice(0, -1)}ing` : `${stem}ing`,
  }
}

function addS(word: string): string {
  if (/(?:[sxz]|ch|sh|[^aeiou]o)$/.test(word)) return `${word}es`
  return /[^aeiou]y$/.test(word) ? `${word.slice(0, -1)}ies` : `${word}s`
}

function addEd(stem: string): string {
  if (stem.endsWith('e')) return `${stem}d`
  return /[^aeiou]y$/.test(stem) ? `${stem.slice(0, -1)}ied` : `${stem}ed`
}
