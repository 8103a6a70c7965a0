import { expect, test } from 'vitest'
import { ADJECTIVES } from './dictionary/adjectives.ts'
import { NOUNS } from './dictionary/nouns.ts'
import { TERMS } from './dictionary/terms.ts'
import { VERBS } from './dictionary/verbs.ts'
import { inflectEnglishVerb, pluralizeEnglish } from './inflect-english.ts'
import { inflectAdjective, inflectPortugueseVerb, pluralizePortuguese } from './inflect-portuguese.ts'
import { countHeadwords, readLexicon } from './read-lexicon.ts'
import { refract } from './refract.ts'

test('the dictionary has more than 1,700 headwords and 3,600 English forms', () => {
  expect(countHeadwords()).toBeGreaterThan(1_700)
  expect(readLexicon('en').size).toBeGreaterThan(3_600)
  expect(readLexicon('pt').size).toBeGreaterThan(6_000)
})

test('every word of it is one translatable token, on both sides, and what two words say is said in two', () => {
  for (const language of ['en', 'pt'] as const) {
    for (const [word, senses] of readLexicon(language)) {
      const tokens = refract(word, language)
      // Two words that belong together have the blank between them.
      expect(tokens, word).toHaveLength(word.includes(' ') ? 3 : 1)
      expect(['F_KEY', 'F_ADJ', 'F_NOUN'], word).toContain(tokens[0]!.frequency)
      for (const text of senses.flatMap(({ target, forms = [] }) => [target, ...forms])) {
        expect(text, word).toMatch(word.includes(' ') ? /^[\p{L}']+ \p{L}+$/u : /^[\p{L}-]+$/u)
        expect(text.normalize('NFC')).toBe(text)
      }
    }
  }
})

test('no word stands twice in a list, and no line lacks a column', () => {
  for (const [list, columns] of [
    [NOUNS, /^\S+ \S+ [mf]p?$/],
    [TERMS, /^\S+ \S+ [mf]p?$/],
    [ADJECTIVES, /^\S+ \S+$/],
    [VERBS, /^\S+ \S+( i)?$/],
  ] as const) {
    const lines = list.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
    for (const line of lines) expect(line).toMatch(columns)
    const words = lines.map((line) => line.split(/[ /+]/)[0])
    expect(words.filter((word, index) => words.indexOf(word) !== index)).toEqual([])
  }
})

test('whatever is written in Portuguese can be read back', () => {
  const back = readLexicon('pt')
  // These Portuguese words more often mean something else: quarto is a room before it is the fourth.
  const missing = [...readLexicon('en').values()]
    .flat()
    .flatMap(({ target, forms = [] }) => [target, ...forms])
    .filter((word) => !back.has(word.toLowerCase()))
  expect([...new Set(missing)]).toEqual(['quarta', 'quartas'])
})

test.each([
  ['stop+', ['stop', 'stops', 'stopped', 'stopped', 'stopping']],
  ['approve', ['approve', 'approves', 'approved', 'approved', 'approving']],
  ['try', ['try', 'tries', 'tried', 'tried', 'trying']],
  ['pay/paid', ['pay', 'pays', 'paid', 'paid', 'paying']],
  ['take/took/taken', ['take', 'takes', 'took', 'taken', 'taking']],
  ['go/went/gone', ['go', 'goes', 'went', 'gone', 'going']],
  ['see/saw/seen', ['see', 'sees', 'saw', 'seen', 'seeing']],
  ['push', ['push', 'pushes', 'pushed', 'pushed', 'pushing']],
])('the English verb %s has its forms', (entry, forms) => {
  expect(Object.values(inflectEnglishVerb(entry))).toEqual(forms)
})

test.each([
  ['aprovar', 'aprova', 'aprovou', 'aprovado', 'aprovando'],
  ['responder', 'responde', 'respondeu', 'respondido', 'respondendo'],
  ['existir', 'existe', 'existiu', 'existido', 'existindo'],
  ['excluir', 'exclui', 'excluiu', 'excluído', 'excluindo'],
  ['seguir/segue', 'segue', 'seguiu', 'seguido', 'seguindo'],
  ['abrir///aberto/', 'abre', 'abriu', 'aberto', 'abrindo'],
])('the Portuguese verb %s has its forms', (entry, third, past, participle, gerund) => {
  const verb = inflectPortugueseVerb(entry)
  expect([verb.present[1], verb.past[1], verb.participle[0], verb.gerund]).toEqual([
    third,
    past,
    participle,
    gerund,
  ])
})

test.each([
  ['aprovar', 'aprovo aprova aprovamos aprovam', 'aprovei aprovou aprovamos aprovaram', 'aprove'],
  ['pagar///pago/', 'pago paga pagamos pagam', 'paguei pagou pagamos pagaram', 'pague'],
  [
    'agradecer',
    'agradeço agradece agradecemos agradecem',
    'agradeci agradeceu agradecemos agradeceram',
    undefined,
  ],
  ['exigir', 'exijo exige exigimos exigem', 'exigi exigiu exigimos exigiram', undefined],
  ['excluir', 'excluo exclui excluímos excluem', 'excluí excluiu excluímos excluíram', undefined],
  [
    'manter/mantém/manteve/mantido/mantendo',
    'mantenho mantém mantemos mantêm',
    'mantive manteve mantivemos mantiveram',
    undefined,
  ],
  ['fazer/faz/fez/feito/', 'faço faz fazemos fazem', 'fiz fez fizemos fizeram', undefined],
  ['ir/vai/foi/ido/indo', 'vou vai vamos vão', 'fui foi fomos foram', undefined],
  ['nomear/nomeia', 'nomeio nomeia nomeamos nomeiam', 'nomeei nomeou nomeamos nomearam', undefined],
])('the Portuguese verb %s has its persons', (entry, present, past, request) => {
  const verb = inflectPortugueseVerb(entry)
  expect([verb.present.join(' '), verb.past.join(' '), verb.request[0]]).toEqual([present, past, request])
})

test.each([
  ['arquivo', 'arquivos'],
  ['reserva', 'reservas'],
  ['solicitação', 'solicitações'],
  ['hotel', 'hotéis'],
  ['animal', 'animais'],
  ['lençol', 'lençóis'],
  ['disponível', 'disponíveis'],
  ['fácil', 'fáceis'],
  ['gentil', 'gentis'],
  ['azul', 'azuis'],
  ['item', 'itens'],
  ['servidor', 'servidores'],
  ['luz', 'luzes'],
  ['status', 'status'],
])('the plural of %s is %s', (one, many) => {
  expect(pluralizePortuguese(one)).toBe(many)
})

test.each([
  ['ticket', 'tickets'],
  ['box', 'boxes'],
  ['policy', 'policies'],
  ['day', 'days'],
  ['process', 'processes'],
])('the plural of %s is %s in English', (one, many) => {
  expect(pluralizeEnglish(one)).toBe(many)
})

test.each([
  ['vermelho', ['vermelho', 'vermelha', 'vermelhos', 'vermelhas']],
  ['azul/azul', ['azul', 'azul', 'azuis', 'azuis']],
  ['bom/boa', ['bom', 'boa', 'bons', 'boas']],
  ['simples/simples/simples/simples', ['simples', 'simples', 'simples', 'simples']],
])('the adjective %s agrees', (entry, forms) => {
  expect(inflectAdjective(entry)).toEqual(forms)
})
