/** Words that tell what is not meant, and between them and the value what it is of. */
const LEADS =
  '(?:(?:the|an?|for|in|at|on|to|from|of|want|need|mean|like|going|flying|coming|arriving|o|os|as|para|em|de|do|da|no|na|dia|quero|queremos|preciso|vou|vamos|is|are|was|were|é|são|foi|foram|era|eram)\\s+){0,4}'
const LABEL =
  '(?:room|rooms|quarto|quartos|suite|suíte|order|encomenda|pedido|ticket|chamado|invoice|fatura|booking|reserva|number|número|table|mesa|flight|voo|hotel|floor|andar|nights?|noites?|days?|dias?|guests?|people|pessoas|hóspedes|adults?|adultos?|children|crianças|hours?|horas?|copies|units|unidades)'
const MARK = '(?:number\\s+|no\\.?\\s*|nº\\s*|#)?'
const WORDS =
  'two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dois|duas|três|quatro|cinco|seis|sete|oito|nove|dez|onze|doze'
const MONEY_BEFORE = '(?:[€$£]\\s?|[Rr]\\$\\s?|(?:EUR|USD|GBP|BRL)\\s)?'
const MONEY_AFTER = '(?:\\s?[€£]|\\s(?:EUR|USD|GBP|BRL|euros?|dollars?|reais|pounds?)\\b)?'
/** A number, an identifier, a number in words, or a name. */
const VALUE = `(?:${MONEY_BEFORE}[A-Za-z]{0,8}[-_]?\\d(?:[\\w/-]|[.,:](?=\\d))*${MONEY_AFTER}|[A-Z]{2,8}[-_][A-Z][A-Z0-9]+|(?:${WORDS})(?!\\p{L})|\\p{Lu}\\p{Ll}[\\p{L}-]+)`
const NOT = '(?<!\\p{L})(?:[Nn]ot|[Nn]ão|[Nn]ao|NOT|NÃO)\\s+'
const THING = (name: string) =>
  `(?<${name}Lead>${LEADS})(?<${name}Label>(?:${LABEL})\\s+)?${MARK}(?<${name}>${VALUE})(?<${name}Unit>\\s+${LABEL}(?!\\p{L}))?`

const CORRECTED = new RegExp(
  `${NOT}${THING('wrong')}\\s*,?\\s+(?:but(?:\\s+rather)?|mas(?:\\s+sim)?|e\\s+sim|rather)\\s+${THING('right')}`,
  'gu',
)
const DENIED = new RegExp(
  `,?\\s*(?:(?:and|e|but|mas)\\s+)?(?:${NOT}|(?<!\\p{L})(?:instead of|rather than|em vez d[eoa]|ao invés d[eoa])\\s+)${THING('wrong')}`,
  'gu',
)

/**
 * A text without the values it says are not meant: "not room 101 but room 102" is "room 102". What the right value is of
 * is taken from the wrong one where it is said only there: "not two nights but three".
 */
export function dropDenied(text: string): string {
  return text
    .replace(CORRECTED, (...match) => {
      const { wrongLead, wrongLabel, wrongUnit, rightLead, rightLabel, right, rightUnit } = match.at(
        -1,
      ) as Record<string, string | undefined>
      const lead = rightLead === '' ? wrongLead : rightLead
      return `${lead ?? ''}${rightLabel ?? (rightUnit ? '' : wrongLabel) ?? ''}${right}${rightUnit ?? (rightLabel ? '' : wrongUnit) ?? ''}`
    })
    .replace(DENIED, ' ')
}
