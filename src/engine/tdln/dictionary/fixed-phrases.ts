/**
 * Two words that say together what neither says alone: English, Portuguese, two words on either side. A second Portuguese form
 * after a bar is only read. Where two English ones share a Portuguese one, it is read backwards as the first of them.
 */
export const FIXED_PHRASES = `
good morning|bom dia
good day|bom dia
good afternoon|boa tarde
good evening|boa noite
good night|boa noite
thank you|muito obrigado|muito obrigada
right now|agora mesmo
of course|com certeza
at least|pelo menos
each other|um outro
you're welcome|de nada
`
