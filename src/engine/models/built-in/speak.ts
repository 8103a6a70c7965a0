import type { Filled } from './fill-schema.ts'
import { nameWords } from './read-schema.ts'

/** The sentences the built-in model says in its own name, in the language it was spoken to. */
const PHRASES = {
  en: {
    self: 'I am the built-in rules (no LLM): no key, no network, the same answer every time.',
    can: 'I can triage tickets, judge conditions, choose routes, fill forms from a text, call the tools I was given and summarise data.',
    tools: 'Here I may call:',
    cannot: 'I cannot answer open questions; configure a provider for that.',
    tickets:
      'Which tickets should be triaged? None came with the request: send them as JSON with id and subject, or give me a tool that lists them.',
    data: 'What should be summarised? No data came with the request.',
    need: 'To go on I need',
    what: 'What is it?',
    whatAll: 'What are they?',
    failed: 'failed',
    date: 'Please give the full date, as in 2026-03-31.',
    thanks: 'Thank you for your message about',
  },
  pt: {
    self: 'Sou as regras incorporadas (built-in rules, no LLM): sem chave, sem rede, sempre a mesma resposta.',
    can: 'Sei triar tickets, avaliar condições, escolher rotas, preencher formulários a partir de um texto, chamar as ferramentas que me dão e resumir dados.',
    tools: 'Aqui posso chamar:',
    cannot: 'Não respondo a perguntas abertas; para isso configure um fornecedor de modelos.',
    tickets:
      'Que tickets devo triar? Nenhum veio com o pedido: envie-os em JSON com id e subject, ou dê-me uma ferramenta que os liste.',
    data: 'O que devo resumir? Nenhum dado veio com o pedido.',
    need: 'Para continuar preciso de',
    what: 'Qual é?',
    whatAll: 'Quais são?',
    failed: 'falhou',
    date: 'Indique a data completa, como 2026-03-31.',
    thanks: 'Obrigado pela sua mensagem sobre',
  },
}

export type Language = keyof typeof PHRASES

export function say(language: Language, key: keyof (typeof PHRASES)['en']): string {
  return PHRASES[language][key]
}

export function describeSelf(language: Language, tools: string[]): string {
  const offered = tools.length > 0 ? `${say(language, 'tools')} ${tools.join(', ')}.` : ''
  return [say(language, 'self'), say(language, 'can'), offered, say(language, 'cannot')]
    .filter(Boolean)
    .join(' ')
}

/** Whether a text is such a question as `askForMissing` puts. */
export function asksForMissing(text: string): boolean {
  return Object.values(PHRASES).some(({ need }) => text.startsWith(need))
}

/** One question that names everything that is missing. */
export function askForMissing(language: Language, missing: Filled['missing'], purpose: string): string {
  const wanted = missing.map(({ path, about }) => {
    const name = path
      .split('.')
      .map((part) => nameWords(part).join(' '))
      .join(' ')
    const told = about.replace(/\.$/, '')
    return told.toLowerCase() === name || told.length > 120 ? `"${name}"` : `"${name}" (${told})`
  })
  const list =
    wanted.length === 1
      ? wanted[0]!
      : `${wanted.slice(0, -1).join(', ')} ${language === 'pt' ? 'e' : 'and'} ${wanted.at(-1)}`
  const dated = missing.some(({ path }) => /date|day|check|data|dia|deadline/i.test(path))
  const forWhat = purpose === '' ? '' : language === 'pt' ? ` para ${purpose}` : ` for ${purpose}`
  const question = say(language, wanted.length === 1 ? 'what' : 'whatAll')
  return `${say(language, 'need')} ${list}${forWhat}. ${question}${dated ? ` ${say(language, 'date')}` : ''}`
}
