import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { project } from './project.ts'
import { refract } from './refract.ts'
import { ADDRESSES, arbitraryText, IDENTIFIERS } from './text.fixture.ts'
import type { Frequency, Token } from './token.ts'
import { translate } from './translate.ts'
import { transmute } from './transmute.ts'

const valuesOf = (tokens: readonly Token[], ...frequencies: Frequency[]) =>
  tokens.filter(({ frequency }) => frequencies.includes(frequency)).map(({ value }) => value)

const pairs = fc.constantFrom<[string, string]>(['en', 'pt'], ['pt', 'en'])

describe('translating from English to Portuguese', () => {
  test.each([
    ['Error: Network 10.0.0.1 failed', 'Erro: Rede 10.0.0.1 falhou'],
    ['Red File', 'Arquivo Vermelho'],
    ['red file', 'arquivo vermelho'],
    ['Red file is open', 'Arquivo vermelho é aberto'],
    ['RED FILE', 'ARQUIVO VERMELHO'],
    ['RED file', 'arquivo VERMELHO'],
    ['red doors', 'portas vermelhas'],
    ['big red file', 'arquivo vermelho grande'],
    ['Big red doors', 'Portas vermelhas grandes'],
    ['red and blue doors', 'portas vermelhas e azuis'],
    ['very big door', 'porta muito grande'],
    ['The network is slow', 'A rede é lenta'],
    ['The doors are open', 'As portas são abertas'],
    ['Fatal error: invalid password', 'Erro fatal: senha inválida'],
    ['Connection refused', 'Conexão recusada'],
    ['Payment approved by the manager', 'Pagamento aprovado por o gerente'],
    ['Maria approved the request', 'Maria aprovou a solicitação'],
    ['approved request', 'solicitação aprovada'],
    ['guest requests a refund', 'hóspede solicita um reembolso'],
    ['Please open the door', 'Por-favor abrir a porta'],
    ['The first available room', 'O primeiro quarto disponível'],
    ['12/31/2024 at 10:30pm', '2024-12-31 em 22:30'],
    ['since 2024-12-31', 'desde 2024-12-31'],
    ['31/12/2024', '2024-12-31'],
    ['12am and 12:05PM', '00:00 e 12:05'],
    ['I paid, but I have a question', 'Eu paguei, mas eu tenho uma pergunta'],
    ['they approved the requests', 'eles aprovaram as solicitações'],
    ['He already paid the invoice', 'Ele já pagou a fatura'],
    ['I don’t know', 'Eu não sei'],
    ['payments failed', 'pagamentos falharam'],
    ['agents approve requests', 'agentes aprovam solicitações'],
    ['red, blue and\r\ngreen  files', 'vermelho, azul e\r\narquivos  verdes'],
    ['the new user created a secret key', 'o usuário novo criou uma chave secreta'],
    ['high priority ticket', 'chamado prioridade alta'],
    ['The hotel manager approved the payment request', 'O gerente hotel aprovou a solicitação pagamento'],
    ['Please send two room keys', 'Por-favor enviar duas chaves quarto'],
    ['Users report problems', 'Usuários relatam problemas'],
    ['good morning', 'bom dia'],
    ['Good evening, the light is red', 'Boa noite, a luz é vermelha'],
    ['The server is not available', 'O servidor não é disponível'],
    ['The keys are not here', 'As chaves não são aqui'],
    ['The guest cannot open the door', 'O hóspede não-pode abrir a porta'],
    ['red\nfile', 'vermelho\narquivo'],
    ['', ''],
  ])('%j is %j', (original, translated) => {
    expect(translate(original, 'en', 'pt').translated).toBe(translated)
  })

  test('a word outside the dictionary stays and is reported, once and as it was written', () => {
    expect(translate('Gizmo failed: the gizmo and the Gizmo', 'en', 'pt')).toEqual({
      original: 'Gizmo failed: the gizmo and the Gizmo',
      translated: 'Gizmo falhou: o gizmo e o Gizmo',
      method: 'tdln-t',
      cost: 0,
      unknown_words: ['Gizmo', 'gizmo'],
    })
  })

  test('finds words whose letters are composed of several characters', () => {
    expect(translate('solicitac\u0327a\u0303o', 'pt', 'en').translated).toBe('request')
  })

  test('tells how it was done when asked', () => {
    const { trace, translated } = translate('Red file', 'en', 'pt', { trace: true })
    expect(trace).toEqual({
      tokens: refract('Red file'),
      lexical_map: { Red: 'vermelho', file: 'Arquivo' },
      syntax_rules: [
        {
          rule: 'adjective-noun to noun-adjective',
          phases: [0, 2],
          before: 'Red file',
          after: 'Arquivo vermelho',
        },
      ],
      projection: [
        { frequency: 'F_ADJ', value: 'vermelho', phase: 2 },
        { frequency: 'F_VOID', value: ' ', phase: 1 },
        { frequency: 'F_NOUN', value: 'Arquivo', phase: 0 },
      ],
    })
    expect(project(trace!.projection)).toBe(translated)
    expect(translate('Red file', 'en', 'pt')).not.toHaveProperty('trace')
  })
})

describe('translating back', () => {
  test.each([
    ['Arquivo Vermelho', 'Red File'],
    ['Arquivo vermelho grande', 'Big red file'],
    ['Erro: Rede 10.0.0.1 falhou', 'Error: Network 10.0.0.1 failed'],
    ['o quarto está sujo', 'the room is dirty'],
    ['As portas vermelhas e azuis', 'The red and blue doors'],
    ['Pagamento aprovado em 31/12/2024', 'Payment approved in 2024-12-31'],
    ['o chamado foi aberto pelo cliente', 'the ticket was open by client'],
    ['Eu quero um quarto', 'I want a room'],
    ['não temos toalhas', "don't have towels"],
    ['o hóspede não tem água quente', "the guest doesn't have hot water"],
    ['o hóspede tem água quente', 'the guest has hot water'],
    ['a luz não funciona', "the light doesn't work"],
    ['Maria não aprovou o pedido', "Maria didn't approve the order"],
    ['O servidor não está disponível', 'The server is not available'],
    ['não abrir a porta', 'not open the door'],
    ['Boa tarde, muito obrigada', 'Good afternoon, thank you'],
  ])('%j is %j', (original, translated) => {
    expect(translate(original, 'pt', 'en').translated).toBe(translated)
  })
})

describe('every translation', () => {
  test('is the same each time', () => {
    fc.assert(
      fc.property(arbitraryText, pairs, (text, [source, target]) => {
        expect(translate(text, source, target, { trace: true })).toEqual(
          translate(text, source, target, { trace: true }),
        )
      }),
    )
  })

  test('keeps white space, addresses, identifiers, numbers and punctuation', () => {
    fc.assert(
      fc.property(arbitraryText, pairs, (text, [source, target]) => {
        const before = refract(text, source)
        const after = transmute(before, source, target)
        for (const kept of ['F_VOID', 'F_NET', 'F_CODE', 'F_NUM', 'F_META'] as const) {
          expect(valuesOf(after, kept)).toEqual(valuesOf(before, kept))
        }
        expect(project(after).match(/\s+/g)).toEqual(text.match(/\s+/g))
        expect(after.map(({ phase }) => phase).toSorted((a, b) => a - b)).toEqual(
          before.map(({ phase }) => phase),
        )
      }),
      { numRuns: 500 },
    )
  })

  test('leaves addresses and identifiers alone in the middle of words that it knows', () => {
    for (const kept of [...ADDRESSES, ...IDENTIFIERS]) {
      expect(translate(`the open ${kept} failed`, 'en', 'pt').translated).toBe(`o aberto ${kept} falhou`)
    }
  })

  test('reports exactly the words that it left for want of an entry', () => {
    fc.assert(
      fc.property(arbitraryText, pairs, (text, [source, target]) => {
        const { unknown_words, trace } = translate(text, source, target, { trace: true })
        const known = Object.keys(trace!.lexical_map)
        const words = valuesOf(trace!.tokens, 'F_KEY', 'F_ADJ', 'F_NOUN')
        expect(new Set(unknown_words)).toEqual(new Set(words).difference(new Set(known)))
        expect(valuesOf(trace!.projection, 'F_KEY', 'F_ADJ', 'F_NOUN')).toEqual(
          expect.arrayContaining(unknown_words),
        )
      }),
      { numRuns: 300 },
    )
  })

  test('follows the phases and not the order of the list', () => {
    fc.assert(
      fc.property(arbitraryText, (text) => {
        const tokens = refract(text)
        expect(project(transmute(tokens.toReversed(), 'en', 'pt'))).toBe(
          project(transmute(tokens, 'en', 'pt')),
        )
      }),
    )
  })

  test('leaves the tokens that it is given as they are', () => {
    const tokens = refract('Red File')
    transmute(tokens, 'en', 'pt')
    expect(tokens).toEqual(refract('Red File'))
  })

  test('takes tokens with another part of speech than the dictionary would give', () => {
    const tokens: Token[] = [
      { frequency: 'F_KEY', value: 'Red', phase: 5 },
      { frequency: 'F_VOID', value: ' ', phase: 7 },
      { frequency: 'F_NOUN', value: 'File', phase: 9 },
      { frequency: 'F_CODE', value: 'open', phase: 10 },
    ]
    expect(project(transmute(tokens, 'en', 'pt'))).toBe('Arquivo Vermelhoopen')
  })

  test.each([
    ['en', 'fr'],
    ['fr', 'en'],
    ['en', 'en'],
    ['', 'pt'],
  ])('is refused from %j to %j, with the pairs that exist', (source, target) => {
    expect(() => translate('red', source, target)).toThrow(/en to pt, pt to en/)
  })

  test('takes languages with a region', () => {
    expect(translate('Red File', 'en-US', 'pt-BR').translated).toBe('Arquivo Vermelho')
  })
})
