/*
 * Whole messages that answer no question of ours. They are known so that they can be answered well: a draft can be dropped,
 * and whoever believes to approve a plan by saying so is told that nothing that is said does.
 */

const phrases = (text: string) => new Set(text.split('|'))

const NO = phrases(
  'cancel|cancel it|cancel that|never mind|nevermind|forget it|forget that|drop it|stop|no|no thanks|no thank you|cancelar|cancela|cancele|esquece|esqueça|deixa|pare|não|nao',
)
const AGREEMENT = phrases(
  "yes|y|yep|sure|ok|okay|confirm|confirmed|i confirm|approve|approve it|approve this|approve the plan|approved|i approve|go|go ahead|do it|proceed|continue|execute|execute it|run it|send it|sign|sign it|submit|submit it|lgtm|let's go|sim|confirmo|confirmar|confirmado|aprovar|aprovado|aprovo|eu aprovo|aprova|pode aprovar|pode enviar|executar|executa|assinar|prossiga",
)
const REFUSAL = phrases(
  'reject|reject it|reject this|reject the plan|rejected|i reject|rejeitar|rejeito|rejeita',
)

/** "approve the run", "executar o plano": what is decided about is a plan, and no token. */
const DECIDES =
  /^(?:i |eu )?(approve|confirm|execute|sign|submit|run|aprovar|aprove|aprova|confirmar|confirme|executar|execute|assinar|reject|rejeitar|rejeite)(?: (?:the|this|that|my|a|o|este|esta|meu|minha))?(?: (?:run|plan|transaction|transactions|approval|execução|plano|transação))?$/
const REFUSES = /^(?:i |eu )?rej/

const CONNECTED = phrases(
  "connected|i connected|i connected it|i connected my wallet|i connected the wallet|i have connected it|i have connected my wallet|i've connected it|i've connected my wallet|i ve connected it|i ve connected my wallet|it is connected|it's connected|it s connected|my wallet is connected|the wallet is connected|wallet connected|done|go on|conectado|conectada|conectei|já conectei|carteira conectada|pronto|feito",
)

export type ControlWord = 'no' | 'yes' | 'reject'

/** What a message means that is nothing but one of these. */
export function readControlWord(message: string): ControlWord | null {
  const plain = plainOf(message)
  if (NO.has(plain)) return 'no'
  const rest = plain.replace(/^(?:yes|sim|ok|okay|sure) /, '')
  if (AGREEMENT.has(rest)) return 'yes'
  if (REFUSAL.has(rest)) return 'reject'
  if (!DECIDES.test(rest)) return null
  return REFUSES.test(rest) ? 'reject' : 'yes'
}

const plainOf = (message: string) =>
  message
    .toLowerCase()
    .replace(/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, ' ')
    .replace(/[^\p{L}\p{N}' ]+/gu, ' ')
    .replace(/\b(please|pls|por favor|now|agora)\b/g, ' ')
    .replace(/ +/g, ' ')
    .trim()

/** That a wallet is connected, or to go on, and nothing else. A question says neither. */
export const saysConnected = (message: string): boolean =>
  !message.includes('?') && CONNECTED.has(plainOf(message).replace(/^(?:yes|sim|ok|okay|sure) /, ''))

const GREETING = /^[\s\p{P}]*(?:(?:hi|hello|hey|oi|olá|ola|there|again)[\s\p{P}]*)+$/iu

/** A greeting and nothing else, which is no name of anything. */
export const isGreeting = (message: string): boolean => GREETING.test(message)
