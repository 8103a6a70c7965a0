import type { Language } from '../lexicon.ts'

export type Operator =
  | 'equals'
  | 'one_of'
  | 'less_than'
  | 'greater_than'
  | 'at_most'
  | 'at_least'
  | 'contains'
  | 'is_empty'
  | 'exists'

/** How an operator is said. `stateWord` is a last word that could as well be a value: "is empty". */
export type OperatorPhrase = {
  words: string[]
  operator: Operator
  negated: boolean
  takesOperand: boolean
  stateWord: string | undefined
}

export type ConditionGrammar = {
  language: Language
  openers: Set<string>
  articles: Set<string>
  /** Between a thing and what it belongs to: "priority of the ticket". */
  belonging: Set<string>
  /** Before the first value of a list: "is either high or urgent". */
  eithers: Set<string>
  connectors: Map<string, 'and' | 'or'>
  /** Longest first, so that "less than or equal to" is not read as "less than". */
  operators: OperatorPhrase[]
  /**
   * May only stand where an operator says so; anywhere else nobody knows what they change. Words that tell the other
   * language are among them, so that a sentence is read in its own.
   */
  reserved: Set<string>
}

type Said = [said: string, operator: Operator, negated?: boolean]

const COMPARISONS_EN: Said[] = [
  ['equal to', 'equals'],
  ['the same as', 'equals'],
  ['different from', 'equals', true],
  ['less than', 'less_than'],
  ['lower than', 'less_than'],
  ['smaller than', 'less_than'],
  ['fewer than', 'less_than'],
  ['below', 'less_than'],
  ['under', 'less_than'],
  ['greater than', 'greater_than'],
  ['more than', 'greater_than'],
  ['higher than', 'greater_than'],
  ['larger than', 'greater_than'],
  ['bigger than', 'greater_than'],
  ['above', 'greater_than'],
  ['over', 'greater_than'],
  ['less than or equal to', 'at_most'],
  ['lower than or equal to', 'at_most'],
  ['at most', 'at_most'],
  ['no more than', 'at_most'],
  ['no greater than', 'at_most'],
  ['greater than or equal to', 'at_least'],
  ['more than or equal to', 'at_least'],
  ['higher than or equal to', 'at_least'],
  ['at least', 'at_least'],
  ['no less than', 'at_least'],
  ['no fewer than', 'at_least'],
]

const STATES_EN: Said[] = [
  ['one of', 'one_of'],
  ['any of', 'one_of'],
  ['empty', 'is_empty'],
  ['blank', 'is_empty'],
  ['set', 'exists'],
  ['present', 'exists'],
  ['defined', 'exists'],
  ['missing', 'exists', true],
  ['absent', 'exists', true],
  ['null', 'exists', true],
]

const VERBS_EN: [third: string, base: string, operator: Operator][] = [
  ['equals', 'equal', 'equals'],
  ['exceeds', 'exceed', 'greater_than'],
  ['contains', 'contain', 'contains'],
  ['includes', 'include', 'contains'],
  ['exists', 'exist', 'exists'],
]

const COMPARISONS_PT: Said[] = [
  ['igual a', 'equals'],
  ['igual ao', 'equals'],
  ['igual à', 'equals'],
  ['diferente de', 'equals', true],
  ['menor que', 'less_than'],
  ['menor do que', 'less_than'],
  ['menos de', 'less_than'],
  ['menos que', 'less_than'],
  ['inferior a', 'less_than'],
  ['abaixo de', 'less_than'],
  ['maior que', 'greater_than'],
  ['maior do que', 'greater_than'],
  ['mais de', 'greater_than'],
  ['mais que', 'greater_than'],
  ['superior a', 'greater_than'],
  ['acima de', 'greater_than'],
  ['menor ou igual a', 'at_most'],
  ['no máximo', 'at_most'],
  ['maior ou igual a', 'at_least'],
  ['no mínimo', 'at_least'],
  ['pelo menos', 'at_least'],
]

const STATES_PT: Said[] = [
  ['um de', 'one_of'],
  ['uma de', 'one_of'],
  ['um dos', 'one_of'],
  ['uma das', 'one_of'],
  ['vazio', 'is_empty'],
  ['vazia', 'is_empty'],
  ['vazios', 'is_empty'],
  ['vazias', 'is_empty'],
  ['presente', 'exists'],
  ['ausente', 'exists', true],
  ['nulo', 'exists', true],
  ['nula', 'exists', true],
]

const VERBS_PT: Said[] = [
  ['contém', 'contains'],
  ['contêm', 'contains'],
  ['contiver', 'contains'],
  ['contenha', 'contains'],
  ['inclui', 'contains'],
  ['incluir', 'contains'],
  ['inclua', 'contains'],
  ['existe', 'exists'],
  ['existem', 'exists'],
  ['existir', 'exists'],
  ['exista', 'exists'],
]

const SYMBOLS: Said[] = [
  ['=', 'equals'],
  ['==', 'equals'],
  ['!=', 'equals', true],
  ['≠', 'equals', true],
  ['<', 'less_than'],
  ['>', 'greater_than'],
  ['<=', 'at_most'],
  ['≤', 'at_most'],
  ['>=', 'at_least'],
  ['≥', 'at_least'],
]

/** With "is" alone meaning equality, and each of the others with and without "is" and "is not" before it. */
function sayWithCopulas(copulas: string[], negations: string[], comparisons: Said[], states: Said[]): Said[] {
  const forms = [
    ...copulas.map((said) => [said, false] as const),
    ...negations.map((said) => [said, true] as const),
  ]
  const withCopula = forms.flatMap(([copula, isNegated]) => [
    [copula, 'equals', isNegated] as Said,
    ...[...comparisons, ...states].map(
      ([said, operator, negated = false]): Said => [`${copula} ${said}`, operator, negated !== isNegated],
    ),
  ])
  return [...withCopula, ...comparisons]
}

function toPhrases(said: Said[]): OperatorPhrase[] {
  const stateWords = new Set([...STATES_EN, ...STATES_PT].map(([state]) => state))
  return said
    .map(([text, operator, negated = false]) => {
      const words = text.split(' ')
      const takesOperand = operator !== 'exists' && operator !== 'is_empty'
      const last = words.at(-1)!
      return { words, operator, negated, takesOperand, stateWord: stateWords.has(last) ? last : undefined }
    })
    .toSorted((one, other) => other.words.length - one.words.length)
}

const ENGLISH: ConditionGrammar = {
  language: 'en',
  openers: new Set(['if', 'when', 'whether']),
  articles: new Set(['the', 'a', 'an']),
  belonging: new Set(['of']),
  eithers: new Set(['either']),
  connectors: new Map([
    ['and', 'and'],
    ['or', 'or'],
  ]),
  operators: toPhrases([
    ...sayWithCopulas(['is', 'are'], ['is not', "isn't", 'are not', "aren't"], COMPARISONS_EN, STATES_EN),
    ...VERBS_EN.flatMap(([third, base, operator]): Said[] => [
      [third, operator],
      [base, operator],
      ...['does not', "doesn't", 'do not', "don't"].map((not): Said => [`${not} ${base}`, operator, true]),
    ]),
    ...SYMBOLS,
  ]),
  reserved: new Set(
    (
      'not no never neither nor none unless except without cannot if when whether is are was were be been has have had ' +
      'than only just é são está estão não ou se que quando foi ' +
      'almost about around nearly all any every each some most both but then else otherwise'
    ).split(' '),
  ),
}

const PORTUGUESE: ConditionGrammar = {
  language: 'pt',
  openers: new Set(['se', 'quando', 'caso']),
  articles: new Set(['o', 'a', 'os', 'as', 'um', 'uma']),
  belonging: new Set(['de', 'do', 'da', 'dos', 'das']),
  eithers: new Set(['ou']),
  connectors: new Map([
    ['e', 'and'],
    ['ou', 'or'],
  ]),
  operators: toPhrases([
    ...sayWithCopulas(
      ['é', 'são', 'está', 'estão', 'for', 'forem', 'seja', 'sejam', 'estiver', 'estiverem', 'esteja'],
      ['não é', 'não são', 'não está', 'não estão', 'não for', 'não forem', 'não seja', 'não estiver'],
      COMPARISONS_PT,
      STATES_PT,
    ),
    ...VERBS_PT,
    ...VERBS_PT.map(([said, operator]): Said => [`não ${said}`, operator, true]),
    ...SYMBOLS,
  ]),
  reserved: new Set(
    (
      'não nem nunca jamais nenhum nenhuma exceto salvo sem se quando caso é são está estão foi era for forem que só apenas ' +
      'is are not and or if when than unless does ' +
      'quase cerca todo toda todos todas qualquer algum alguma cada ambos mas então senão'
    ).split(' '),
  ),
}

export const CONDITION_GRAMMARS: readonly ConditionGrammar[] = [ENGLISH, PORTUGUESE]

/** Things that a condition may name although the data is that thing: "ticket priority" of {"priority": "high"}. */
export const SUBJECTS = new Set(
  (
    'ticket request order purchase message item case record task issue incident complaint reservation booking payment ' +
    'invoice transaction refund input data output result chamado solicitação pedido compra mensagem caso registro tarefa ' +
    'problema incidente reclamação reserva pagamento fatura transação reembolso entrada saída resultado dados'
  ).split(' '),
)

export const TRUE_WORDS = new Set(['true', 'yes', 'verdadeiro', 'verdadeira', 'sim'])
export const FALSE_WORDS = new Set(['false', 'no', 'falso', 'falsa', 'não'])
