/**
 * Keywords: the nouns that name what a message is about (`Error:`, `Network … failed`). They are terms of messages before
 * they are things that have properties, so they carry F_KEY where other nouns carry F_NOUN. Same columns as the nouns.
 */
export const TERMS = `
error erro m
warning aviso m
network rede f
failure falha f
success/successes sucesso m
exception exceção f
timeout tempo-limite/tempos-limite m
alert alerta m
alarm alarme m
status/statuses status/status m
info/info informação/informações f
debug/debug depuração/depurações f
input entrada f
output saída f
abort interrupção f
violation violação f
conflict conflito m
overflow estouro m
deadlock impasse m
retry/retries tentativa f
attempt tentativa f
`
