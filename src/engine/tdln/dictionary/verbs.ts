/**
 * Verbs: English (base, then past and participle where irregular; a plus sign doubles the last letter), Portuguese (infinitive,
 * then present, past, participle and gerund where irregular; an empty place is regular). The mark `i` is for verbs that take
 * no object: their English past tense is read as something that happened (`failed` is "falhou"), that of the others as a state
 * (`approved` is "aprovado") wherever the words around it leave both open.
 */
export const VERBS = `
# messages and systems
fail falhar i
work funcionar i
run+/ran/run executar
start iniciar
begin+/began/begun começar
stop+ parar
end terminar
finish concluir
complete completar
continue continuar i
pause pausar
resume retomar
restart reiniciar
reboot reiniciar
crash cair/cai/caiu/caído/caindo i
hang/hung travar i
freeze/froze/frozen congelar
connect conectar
disconnect desconectar
reconnect reconectar
configure configurar
install instalar
uninstall desinstalar
update atualizar
upgrade atualizar
deploy implantar
build/built construir/constrói//construído/
create criar
make/made fazer/faz/fez/feito/
delete excluir
remove remover
erase apagar
add adicionar
insert inserir/insere
append acrescentar
change alterar
modify modificar
edit editar
replace substituir
rename renomear/renomeia
move mover
copy copiar
paste colar
save salvar
store armazenar
load carregar
upload enviar
download baixar
import importar
export exportar
open abrir///aberto/
close fechar
lock bloquear/bloqueia
unlock desbloquear/desbloqueia
block bloquear/bloqueia
enable habilitar
disable desabilitar
activate ativar
deactivate desativar
read/read ler/lê/leu/lido/lendo
write/wrote/written escrever///escrito/
print imprimir///impresso/
scan+ escanear/escaneia
search procurar
find/found encontrar
select selecionar
choose/chose/chosen escolher
filter filtrar
sort ordenar
count contar
calculate calcular
compute computar
measure medir/mede
compare comparar
match combinar
test testar
check verificar
verify verificar
validate validar
inspect inspecionar
monitor monitorar
detect detectar
notice notar
observe observar
analyze analisar
debug+ depurar
fix consertar
repair reparar
solve resolver
resolve resolver
recover recuperar
restore restaurar
retry repetir/repete
repeat repetir/repete
try tentar
skip+ pular
ignore ignorar
refuse recusar
reject rejeitar
deny negar
accept aceitar
approve aprovar
authorize autorizar
allow permitir
permit+ permitir
prevent impedir/impede
forbid+/forbade/forbidden proibir/proíbe
restrict restringir
limit limitar
exceed exceder
expire expirar i
occur+ ocorrer/ocorre i
happen acontecer i
appear aparecer i
disappear desaparecer i
exist existir i
remain permanecer i
become/became/become tornar
seem parecer i
respond responder i
reply responder i
answer responder
return retornar
throw/threw/thrown lançar
raise levantar
catch/caught capturar
handle tratar
process processar
execute executar
perform realizar
call chamar
invoke invocar
trigger acionar
send/sent enviar
receive receber
get+/got/gotten obter/obtém/obteve/obtido/obtendo
put+/put colocar
set+/set definir/define
fetch buscar
push empurrar
pull puxar
publish publicar
subscribe assinar
listen escutar i
encrypt criptografar
decrypt descriptografar
sign assinar
encode codificar
decode decodificar
parse analisar
translate traduzir/traduz
convert converter
format formatar
generate gerar
log+ registrar
record registrar
register registrar
track rastrear/rastreia
trace rastrear/rastreia
report relatar
display exibir
show/showed/shown mostrar
hide/hid/hidden ocultar
view visualizar
see/saw/seen ver/vê/viu/visto/vendo
click clicar i
press pressionar
type digitar
enter entrar i
exit sair/sai/saiu/saído/saindo i
leave/left deixar
join juntar
merge mesclar
split+/split dividir
separate separar
combine combinar
include incluir
exclude excluir
contain conter/contém/conteve/contido/contendo
require exigir
need precisar
use usar
reuse reutilizar
share compartilhar
attach anexar
assign atribuir
escalate escalar
prioritize priorizar
schedule agendar
reschedule reagendar
postpone adiar
delay atrasar
cancel+ cancelar
abort abortar
interrupt interromper
terminate encerrar
wait esperar i
queue enfileirar
# people and requests
help ajudar
assist auxiliar
support apoiar
serve servir/serve
ask perguntar
request solicitar
demand exigir
order pedir/pede
tell/told contar
say/said dizer/diz/disse/dito/dizendo
speak/spoke/spoken falar i
talk conversar i
explain explicar
describe descrever///descrito/
mention mencionar
suggest sugerir/sugere
recommend recomendar
propose propor/propõe/propôs/proposto/propondo
advise aconselhar
inform informar
notify notificar
warn avisar
alert alertar
remind lembrar
remember lembrar
forget+/forgot/forgotten esquecer
complain reclamar i
apologize desculpar
thank agradecer
welcome acolher
greet cumprimentar
invite convidar
visit visitar
meet/met encontrar
contact contatar
agree concordar i
disagree discordar i
discuss discutir
decide decidir
determine determinar
judge julgar
vote votar i
confirm confirmar
acknowledge reconhecer
understand/understood entender
know/knew/known saber/sabe/soube/sabido/
think/thought pensar
believe acreditar
hope esperar
want querer/quer/quis/querido/
wish desejar
like gostar
love amar
hate odiar/odeia
prefer+ preferir/prefere
expect esperar
plan+ planejar
promise prometer
trust confiar
doubt duvidar
worry preocupar
feel/felt sentir/sente
hear/heard ouvir
watch assistir
look olhar i
learn aprender
teach/taught ensinar
train treinar
study estudar
practice praticar
play jogar
# hotel
book reservar
reserve reservar
arrive chegar i
depart partir i
stay ficar i
sleep/slept dormir i
wake/woke/woken acordar
eat/ate/eaten comer
drink/drank/drunk beber
cook cozinhar
clean limpar
wash lavar
iron passar
host hospedar
accommodate acomodar
occupy ocupar
rent alugar
lend/lent emprestar
borrow emprestar
bring/brought trazer/traz/trouxe/trazido/trazendo
take/took/taken levar
carry carregar
deliver entregar///entregue/
pick escolher
drop+ derrubar
break/broke/broken quebrar
damage danificar
leak vazar i
burn queimar
smoke fumar
heat aquecer
cool resfriar
light/lit acender///aceso/
sit+/sat sentar i
stand/stood levantar i
walk caminhar i
drive/drove/driven dirigir
ride/rode/ridden montar
fly/flew/flown voar i
travel+ viajar i
go/went/gone ir/vai/foi/ido/indo i
come/came/come vir/vem/veio/vindo/vindo i
turn virar
pass passar
cross cruzar
follow seguir/segue
lead/led liderar
guide guiar
# commerce and finance
buy/bought comprar
purchase comprar
sell/sold vender
pay/paid pagar///pago/
charge cobrar
bill faturar
invoice faturar
refund reembolsar
reimburse reembolsar
deposit depositar
withdraw/withdrew/withdrawn sacar
transfer+ transferir/transfere
exchange trocar
trade negociar
negotiate negociar
offer oferecer
discount descontar
spend/spent gastar///gasto/
cost/cost custar i
earn ganhar///ganho/
win+/won vencer
lose/lost perder
owe dever
invest investir/investe
own possuir
belong pertencer i
ship+ despachar
pack embalar
wrap+ embrulhar
weigh pesar
stock estocar
supply fornecer
provide prover/provê/proveu/provido/provendo
produce produzir/produz
manufacture fabricar
advertise anunciar
promote promover
increase aumentar
decrease diminuir
reduce reduzir/reduz
grow/grew/grown crescer i
rise/rose/risen subir/sobe i
fall/fell/fallen cair/cai/caiu/caído/caindo i
estimate estimar
evaluate avaliar
rate classificar
review revisar
audit auditar
balance equilibrar
settle liquidar
deduct deduzir/deduz
apply aplicar
submit+ submeter
fill preencher
issue emitir
revoke revogar
renew renovar
extend estender
shorten encurtar
guarantee garantir
insure segurar
claim reivindicar
prove provar
protect proteger
defend defender
attack atacar
steal/stole/stolen roubar
cheat enganar
# everyday
do/did/done fazer/faz/fez/feito/
give/gave/given dar/dá/deu/dado/dando
keep/kept manter/mantém/manteve/mantido/mantendo
hold/held segurar
let+/let deixar
live viver i
die morrer///morto/ i
kill matar///morto/
touch tocar
cut+/cut cortar
hit+/hit bater
draw/drew/drawn desenhar
paint pintar
sing/sang/sung cantar
dance dançar i
laugh rir/ri/riu/rido/rindo i
cry chorar i
smile sorrir/sorri/sorriu/sorrido/sorrindo i
rest descansar i
relax relaxar i
enjoy desfrutar
improve melhorar
worsen piorar i
develop desenvolver
design projetar
invent inventar
discover descobrir///descoberto/
explore explorar
organize organizar
arrange arranjar
prepare preparar
manage gerenciar
control+ controlar
hire contratar
fire demitir
employ empregar
represent representar
mean/meant significar
express expressar
introduce apresentar
present apresentar
broadcast/broadcast transmitir
transmit+ transmitir
spread/spread espalhar
collect coletar
gather reunir/reúne
distribute distribuir
divide dividir
multiply multiplicar
subtract subtrair/subtrai/subtraiu/subtraído/subtraindo
depend depender i
vary variar i
differ diferir/difere i
cause causar
affect afetar
influence influenciar
avoid evitar
escape escapar i
survive sobreviver i
succeed prosperar i
achieve alcançar
reach alcançar
gain ganhar///ganho/
miss perder
lack faltar i
fit+ caber/cabe/coube/cabido/ i
suit servir/serve
wear/wore/worn vestir/veste
dress vestir/veste
adjust ajustar
adapt adaptar
correct corrigir
clarify esclarecer
simplify simplificar
complicate complicar
summarize resumir
highlight destacar
mark marcar
label etiquetar
name nomear/nomeia
`
