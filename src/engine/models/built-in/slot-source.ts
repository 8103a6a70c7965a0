import { nameWords } from './read-schema.ts'
import { foldWord } from './read-text.ts'

/** Where values for slots are taken from: what was said, and data by name. */
export type SlotSource = {
  text: string
  /** The text with what it denies, where `text` is without: for slots that take words as they were said. */
  verbatim?: string
  language: 'en' | 'pt'
  now: Date | undefined
  /** Data, the most telling first. */
  facts: unknown[]
}

/** Words a slot goes by in texts, besides its own name. The first of a row is the key. */
const SYNONYMS = `
  email e-mail mail correio
  phone telephone tel mobile cell telefone telemóvel telemovel celular contacto
  name nome
  city town cidade localidade
  country país pais
  address morada endereço endereco
  amount total sum value valor montante quantia importância
  price preço preco cost custo fee
  budget orçamento orcamento limit limite
  quantity qty quantidade units unidades count pieces peças copies cópias
  guests guest people persons person hóspedes hospedes pessoas pax visitors party
  adults adult adultos adulto
  children child kids kid crianças criancas criança filhos
  nights night noites noite
  rooms quartos
  room quarto suite
  days day dias dia
  hours hour horas hora
  minutes minute minutos minuto
  months month meses mês
  age idade years-old year-old anos-de-idade
  date data day dia
  time hora horário
  order encomenda pedido
  invoice fatura factura bill
  ticket chamado ocorrência case
  booking reservation reserva confirmation
  customer client cliente
  subject assunto title título titulo
  description descrição descricao details detalhes
  message mensagem text texto body
  status state estado
  priority prioridade urgency
  color colour cor
  size tamanho
  language idioma língua
  currency moeda
  reason motivo razão
  product produto item artigo
  company empresa organisation organization org
  department departamento
  destination destino to
  origin origem from
  breakfast pequeno-almoço café
  parking estacionamento
  invoice_number fatura
  postcode zip cep
  tags etiquetas labels keywords
  items itens artigos products produtos
  recipient destinatário beneficiary
  percent percentage percentagem porcentagem discount desconto
  account conta
  weight peso
  table mesa`
  .trim()
  .split('\n')
  .map((row) => row.trim().split(/\s+/))

export function wordsFor(word: string): string[] {
  const row = SYNONYMS.find((words) => words.some((one) => foldWord(one) === foldWord(word)))
  return row ? [...new Set([word, ...row])] : [word]
}

/** Whether two names mean the same slot: by their words, or by a synonym of each. */
export function sameName(left: string[], right: string[]): boolean {
  if (left.join('') === right.join('')) return true
  return (
    left.length === right.length &&
    left.every((word, index) => wordsFor(word).some((one) => foldWord(one) === right[index]))
  )
}

type Leaf = { words: string[]; value: unknown; depth: number }

/** The value that data gives to a name: the shallowest member whose path ends in it. */
export function findFact(facts: unknown[], name: string, accepts: (value: unknown) => boolean): unknown {
  const wanted = nameWords(name)
  for (const fact of facts) {
    const members = membersOf(fact)
      .filter(({ words, value }) => {
        const tail = words.slice(-wanted.length)
        return words.length >= wanted.length && sameName(tail, wanted) && accepts(value)
      })
      .sort((left, right) => left.depth - right.depth || left.words.length - right.words.length)
    if (members[0]) return members[0].value
  }
  return undefined
}

/** The members of a piece of data, listed once however many slots look into it. */
const listed = new WeakMap<object, Leaf[]>()

function membersOf(fact: unknown): Leaf[] {
  if (typeof fact !== 'object' || fact === null) return []
  const members = listed.get(fact) ?? listMembers(fact)
  listed.set(fact, members)
  return members
}

function listMembers(value: unknown, path: string[] = [], depth = 0): Leaf[] {
  if (typeof value !== 'object' || value === null || depth > 6) return []
  return Object.entries(value)
    .slice(0, 500)
    .flatMap(([key, member]) => {
      const words = Array.isArray(value) ? path : [...path, ...nameWords(key)]
      const own = Array.isArray(value) ? [] : [{ words, value: member, depth }]
      return [...own, ...listMembers(member, words, depth + 1)]
    })
}

function escapePattern(word: string): string {
  return word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/[-_ ]+/g, '[-_ ]?')
}

/** Ways a text may call a slot, longest first: the whole name, then each word that carries it. */
export function labelsOf(name: string): string[] {
  const words = nameWords(name).filter((word) => !['is', 'has', 'the', 'of', 'in', 'cents'].includes(word))
  const whole = words.join(' ')
  const head = words.filter((word) => !['id', 'number', 'code', 'no', 'ref', 'reference'].includes(word))
  const last = (head.length > 0 ? head : words).at(-1) ?? name
  const first = head[0] ?? last
  const variants =
    words.length > 1 ? wordsFor(words.at(-1)!).map((one) => [...words.slice(0, -1), one].join(' ')) : []
  const labels = [whole, ...variants, ...wordsFor(last), ...(head.length === 1 ? wordsFor(first) : [])]
  // A name of signs alone is no word that a text could hold.
  return [...new Set(labels)].filter((label) => /[\p{L}\p{N}]/u.test(label))
}

/** What stands behind a label: `City: Lisbon`, `city = Lisbon`, `the city is Lisbon`. */
export function findLabelled(text: string, name: string): string | undefined {
  for (const label of labelsOf(name)) {
    const pattern = escapePattern(label)
    const marked = new RegExp(
      `(?:^|[\\n,;.(]|\\s)${pattern}\\s*(?:number|no\\.?|nº)?\\s*[:=]\\s*("[^"\\n]{1,500}"|'[^'\\n]{1,500}'|(?:[^\\n;,]|(?<=\\d),(?=\\d)){1,500})`,
      'iu',
    ).exec(text)
    const said = new RegExp(
      `(?<![\\p{L}\\p{N}])${pattern}\\s+(?:is|are|was|should be|will be|must be|é|será|são)\\s+("[^"\\n]{1,200}"|'[^'\\n]{1,200}'|(?:[^\\n;,!?]|(?<=\\d),(?=\\d)){1,200}?)(?=\\s+(?:and|e|with|but|for|mas|com)\\s|[\\n;,!?]|\\.\\s|\\.?$)`,
      'iu',
    ).exec(text)
    const value = (marked ?? said)?.[1]?.trim().replace(/^["']|["']$|\.$/g, '')
    if (value) return value.replace(/\s+(?:\w+\s*[:=].*)$/s, '')
  }
  return undefined
}
