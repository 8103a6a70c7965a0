export type Relation =
  | 'is'
  | 'greater'
  | 'greater-or-equal'
  | 'less'
  | 'less-or-equal'
  | 'contains'
  | 'starts'
  | 'ends'
  | 'given'
  | 'missing'
  | 'between'

export type Comparison = {
  kind: 'comparison'
  subject: string
  relation: Relation
  values: string[]
  denied: boolean
  quantifier: 'any' | 'all' | 'none' | undefined
}
export type Condition =
  | Comparison
  | { kind: 'and' | 'or'; parts: Condition[] }
  /** Nothing that can be compared: what the text is about decides. */
  | { kind: 'about'; text: string; denied: boolean }
  /** `otherwise`, `always`. */
  | { kind: 'default' }

/** Portuguese grammar words in English; accents tell `é` (is) from `e` (and), so this comes before folding. */
const GRAMMAR: [RegExp, string][] = [
  [
    /\b(?:caso contrário|caso contrario|de outro modo|senão|nos restantes casos|em qualquer outro caso|todos os outros)(?!\p{L})/giu,
    'otherwise',
  ],
  [
    /(?<!\p{L})(?:pelo menos|no mínimo|no minimo|maior ou igual a|igual ou superior a|maior ou igual)(?!\p{L})/giu,
    'at least',
  ],
  [
    /(?<!\p{L})(?:no máximo|no maximo|até|menor ou igual a|igual ou inferior a|menor ou igual)(?!\p{L})/giu,
    'at most',
  ],
  [
    /(?<!\p{L})(?:maior (?:do )?que|mais (?:do )?que|superior a|acima de|mais de|excede|ultrapassa)(?!\p{L})/giu,
    'more than',
  ],
  [
    /(?<!\p{L})(?:menor (?:do )?que|menos (?:do )?que|inferior a|abaixo de|menos de)(?!\p{L})/giu,
    'less than',
  ],
  [
    /(?<!\p{L})(?:não existe|não há|não está preenchido|está vazi[oa]|está em falta|falta|em falta|não foi indicad[oa])(?!\p{L})/giu,
    'is missing',
  ],
  [/(?<!\p{L})(?:existe|está preenchid[oa]|foi indicad[oa]|está presente)(?!\p{L})/giu, 'is given'],
  [/(?<!\p{L})(?:contém|contem|inclui|menciona|refere|fala de)(?!\p{L})/giu, 'contains'],
  [/(?<!\p{L})(?:é|está|for|forem|seja|sejam|estiver|são|estão|igual a|era|foi)(?!\p{L})/giu, 'is'],
  [/(?<!\p{L})(?:não|nao)(?!\p{L})/giu, 'not'],
  [/(?<!\p{L})(?:algum|alguma|alguns|algumas|pelo menos um|qualquer)(?!\p{L})/giu, 'any'],
  [/(?<!\p{L})(?:todos os|todas as|todos|todas|cada)(?!\p{L})/giu, 'all'],
  [/(?<!\p{L})(?:nenhum|nenhuma)(?!\p{L})/giu, 'none of'],
  [/ e /giu, ' and '],
  [/ ou /giu, ' or '],
  [/^(?:se|quando|caso)\s+/giu, ''],
]

const RELATIONS: [RegExp, Relation][] = [
  [/\s*(?:is |are |was )?between (.+)$/, 'between'],
  [
    /\s*(?:is |are |has |have |of )?(?:at least|no less than|not less than|greater than or equal to|equal to or (?:greater|more) than|>=|≥|minimum of|a minimum of)\s*(.+)$/,
    'greater-or-equal',
  ],
  [
    /\s*(?:is |are |has |have |of )?(?:at most|no more than|not more than|up to|less than or equal to|equal to or less than|<=|≤|maximum of|a maximum of)\s*(.+)$/,
    'less-or-equal',
  ],
  [
    /\s*(?:is |are |has |have |was |of |with )?(?:more than|greater than|larger than|higher than|bigger than|above|over|exceeds?|exceeding|beyond|>)\s*(.+)$/,
    'greater',
  ],
  [
    /\s*(?:is |are |has |have |was |of |with )?(?:less than|fewer than|lower than|smaller than|below|under|<)\s*(.+)$/,
    'less',
  ],
  [
    /\s+(?:is|are|was) (?:not given|not set|not present|not known|not provided|missing|empty|null|absent|unknown|blank|undefined)()$|\s+(?:does not|doesnt|do not) exist()$/,
    'missing',
  ],
  [
    /\s+(?:is|are|was) (given|set|present|known|provided|not empty|not missing|not null|available|filled in|defined)$|\s+exists?()$/,
    'given',
  ],
  [/\s+(?:starts?|begins?) with (.+)$/, 'starts'],
  [/\s+ends? with (.+)$/, 'ends'],
  [/\s+(?:contains?|includes?|mentions?|has the words?) (.+)$/, 'contains'],
  [/\s*(?:!=|≠|<>)\s*(.+)$/, 'is'],
  [/\s*(?:===?|=)\s*(.+)$/, 'is'],
  [/(?:^|\s+)(?:is|are|was|were|be|equals?|equal to|is equal to|is one of|is in)\s+(.+)$/, 'is'],
]
const DENIED_RELATION =
  /\b(?:is not|are not|was not|isnt|arent|wasnt|does not|doesnt|do not|dont|not)\b|!=|≠|<>/

/** Nobody writes longer ones, and each alternative is judged by itself. */
const MAX_LENGTH = 1000

/** Reads a condition as people write it in a workflow: "ticket priority is high or urgent", "valor superior a 1.000". */
export function parseCondition(condition: string): Condition {
  const source = condition.slice(0, MAX_LENGTH)
  let text = ` ${source.trim().replace(/[.;!?]+$/, '')} `.replace(/['’]/g, '').replace(/\s+/g, ' ')
  text = text.trim()
  for (const [pattern, english] of GRAMMAR) text = text.replace(pattern, english)
  text = text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(
      /^(?:(?:only )?(?:if|when|whenever|in case|take this (?:route|edge|path) (?:if|when)|choose this (?:if|when)|use (?:this )?(?:if|when|for)|for)\s+)+/,
      '',
    )
    .trim()
  text = text
    .replace(/\b(?:is |are |de )?(\S+) or (?:more|above|greater|higher|mais|over)\b/g, 'at least $1')
    .replace(/\b(?:is |are |de )?(\S+) or (?:less|fewer|below|lower|menos|under)\b/g, 'at most $1')
  if (
    /^(?:otherwise|else|default|always|true|anything else|everything else|any other .*|all other .*|none of the (?:above|others).*|in all other cases|fallback|other|others|no other .*|otherwise .*)$/.test(
      text,
    )
  ) {
    return { kind: 'default' }
  }
  return parseOr(text)
}

function parseOr(text: string): Condition {
  // "between 10 and 20" is one thing.
  const guarded = text.replace(/between (\S+(?: \S+)?) and /g, 'between $1 §and§ ')
  const alternatives = guarded.split(/\s+(?:or|\|\|)\s+|,\s*or\s+/)
  const parts: Condition[] = []
  for (const alternative of alternatives) {
    const terms = alternative
      .split(/\s+(?:and|&&)\s+|,\s*and\s+/)
      .map((term) => term.replaceAll('§and§', 'and'))
    const parsed = joinTerms(terms)
    const last = parts.at(-1)
    const single = parsed.length === 1 ? parsed[0]! : undefined
    // "high or urgent": a part without a relation goes on with the values before it.
    if (single?.kind === 'about' && last?.kind === 'comparison') last.values.push(...splitValues(single.text))
    else if (single?.kind === 'about' && last?.kind === 'about')
      parts.push({ ...single, denied: last.denied })
    else parts.push(parsed.length === 1 ? single! : { kind: 'and', parts: parsed })
  }
  return parts.length === 1 ? parts[0]! : { kind: 'or', parts }
}

function joinTerms(terms: string[]): Condition[] {
  const parsed: Condition[] = []
  for (const term of terms) {
    const next = parseTerm(term)
    const last = parsed.at(-1)
    if (next.kind === 'comparison' && next.subject === '' && last?.kind === 'comparison')
      next.subject = last.subject
    parsed.push(next)
  }
  // "asks about invoices and payments" is one thing a text is about.
  return parsed.every((part) => part.kind === 'about' && !part.denied)
    ? [{ kind: 'about', text: terms.join(' and '), denied: false }]
    : parsed
}

function parseTerm(source: string): Condition {
  const counted = /^there (?:is|are) (?:(not|no) )?(.*)$/.exec(source)
  if (counted) return parseCount(counted[2]!, counted[1] !== undefined)
  const { quantifier, rest: said } = takeQuantifier(source)
  // "Has priority urgent" is "priority is urgent".
  const rest = said.replace(
    /\s+(?:has|have)(?: (?:a|an|the))? (priority|status|state|type|category|severity|urgency|prioridade|estado|tipo) (?:of )?(?=\S)/,
    ' $1 is ',
  )
  for (const [pattern, relation] of RELATIONS) {
    const match = pattern.exec(rest)
    if (!match) continue
    const value = match.slice(1).find((group) => group !== undefined) ?? ''
    const before = rest.slice(0, match.index)
    const operator = rest.slice(match.index, rest.length - value.length)
    const denied =
      relation !== 'given' &&
      relation !== 'missing' &&
      (DENIED_RELATION.test(operator.replace(/no(t)? (less|more) than/, '')) ||
        / not$/.test(before) ||
        /^not /.test(value))
    const subject = before
      .replace(/\b(?:does|do|is|not)$/, '')
      .replace(/^(?:the|a|an|its?|o|a)\s+/, '')
      .replace(/^not /, '')
      .trim()
    // "is more than" after a subject that holds a verb is a sentence, not a comparison: let its words decide.
    if (relation === 'is' && subject.split(' ').length > 6) break
    return {
      kind: 'comparison',
      subject,
      relation,
      values: splitValues(value.replace(/^not /, '')),
      denied: denied !== /^not /.test(before),
      quantifier,
    }
  }
  const denied =
    /^(?:not|no|without|sem) /.test(rest) ||
    /\b(?:does not|doesnt|do not|dont|is not|not) (?:mention|ask|want|contain|need|require|have|concern|talk)/.test(
      rest,
    )
  return {
    kind: 'about',
    text: rest.replace(/^(?:not|no|without|sem) /, ''),
    denied: denied !== (quantifier === 'none'),
  }
}

/** "There are more than 3 tickets", "there is no phone number". */
function parseCount(rest: string, denied: boolean): Condition {
  const bound =
    /^(more than|over|less than|fewer than|under|at least|at most|exactly|up to)\s+(\S+)\s+(.+)$/.exec(rest)
  if (bound) {
    const relation: Relation = /more|over/.test(bound[1]!)
      ? 'greater'
      : /least/.test(bound[1]!)
        ? 'greater-or-equal'
        : /most|up to/.test(bound[1]!)
          ? 'less-or-equal'
          : /exactly/.test(bound[1]!)
            ? 'is'
            : 'less'
    return {
      kind: 'comparison',
      subject: `number of ${bound[3]}`,
      relation,
      values: [bound[2]!],
      denied,
      quantifier: undefined,
    }
  }
  const subject = rest.replace(/^(?:any|a|an|some)\s+/, '')
  return {
    kind: 'comparison',
    subject,
    relation: denied ? 'missing' : 'given',
    values: [],
    denied: false,
    quantifier: undefined,
  }
}

function takeQuantifier(source: string): { quantifier: Comparison['quantifier']; rest: string } {
  const match = /^(?:(any|some|at least one|one)|(all|every|each)|(none|no)) (?:of )?(?:the )?(?=\S)/.exec(
    source,
  )
  if (!match) return { quantifier: undefined, rest: source }
  const quantifier = match[1] ? 'any' : match[2] ? 'all' : 'none'
  return { quantifier, rest: source.slice(match[0].length) }
}

function splitValues(value: string): string[] {
  return value
    .split(/\s*,\s*(?![0-9]{3}(?:\D|$))/)
    .map((one) =>
      one
        .replace(/^(?:either|the (?:words?|texts?|phrases?)|as? palavras?|a|an|the|one of|o|um|uma)\s+/, '')
        .replace(/^["'“]|["'”]$/g, '')
        .trim(),
    )
    .filter((one) => one !== '')
}
