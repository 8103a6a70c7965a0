/**
 * Persons of Portuguese verbs that do not follow from the infinitive: infinitive, I now, and in the past I/we/they where those
 * are irregular too.
 */
export const IRREGULAR_PERSONS = `
fazer faço fiz/fizemos/fizeram
ver vejo vi/vimos/viram
ler leio
dar dou dei/demos/deram
saber sei soube/soubemos/souberam
querer quero quis/quisemos/quiseram
dizer digo disse/dissemos/disseram
trazer trago trouxe/trouxemos/trouxeram
ir vou fui/fomos/foram
vir venho vim/viemos/vieram
manter mantenho mantive/mantivemos/mantiveram
obter obtenho obtive/obtivemos/obtiveram
conter contenho contive/contivemos/contiveram
propor proponho propus/propusemos/propuseram
prover provejo
caber caibo coube/coubemos/couberam
sair saio saí/saímos/saíram
cair caio caí/caímos/caíram
rir rio
sorrir sorrio
pedir peço
medir meço
impedir impeço
servir sirvo
vestir visto
seguir sigo
sentir sinto
preferir prefiro
sugerir sugiro
inserir insiro
transferir transfiro
diferir difiro
investir invisto
converter converto
repetir repito
subir subo
perder perco
ouvir ouço
dormir durmo
odiar odeio
proibir proíbo
reunir reúno
construir construo construí/construímos/construíram
subtrair subtraio subtraí/subtraímos/subtraíram
`
