import { expect, test } from 'vitest'
import { findInSources } from './sources.fixture.ts'
import { triageText } from './triage-ticket.ts'

type Row = [text: string, priority: string, action: string]

const PORTUGUESE: Row[] = [
  ['Há uma fuga de água no teto da casa de banho e está a piorar', 'normal', 'assign_to_maintenance'],
  ['Cheira muito a gás na cozinha do restaurante', 'urgent', 'escalate_to_human'],
  ['Estamos sem luz desde as seis da manhã', 'urgent', 'escalate_to_human'],
  ['O chuveiro só deita água fria', 'urgent', 'escalate_to_human'],
  ['Uma hóspede desmaiou no corredor', 'urgent', 'escalate_to_human'],
  ['Cobraram-me a estadia duas vezes no cartão', 'high', 'assign_to_billing'],
  ['A fatura tem o NIF errado', 'high', 'assign_to_billing'],
  ['Ninguém consegue entrar no sistema desde hoje de manhã', 'urgent', 'escalate_to_human'],
  ['A aplicação bloqueia quando abro as definições', 'normal', 'assign_to_technical_support'],
  ['O ar condicionado faz um barulho estranho', 'normal', 'assign_to_maintenance'],
  ['A sanita do quarto 12 está entupida', 'normal', 'assign_to_maintenance'],
  ['A lâmpada do candeeiro fundiu-se, sem pressa', 'low', 'assign_to_maintenance'],
  ['Podem trazer mais duas almofadas, por favor?', 'normal', 'assign_to_service'],
  ['Vamos chegar por volta da meia-noite', 'normal', 'schedule'],
  ['Queria remarcar a minha consulta para quinta-feira', 'normal', 'schedule'],
  ['A que horas abre a piscina?', 'low', 'auto_reply'],
  ['Aceitam animais de estimação?', 'low', 'auto_reply'],
  ['Parabéns pela equipa, foi uma estadia excelente', 'low', 'auto_reply'],
  ['Já está resolvido, podem fechar o pedido', 'low', 'close'],
  ['O aquecimento já funciona, obrigada', 'low', 'close'],
  ['Isto já não é urgente, o técnico veio ontem', 'low', 'request_information'],
  ['Quero falar com o responsável, é a terceira vez que reclamo', 'urgent', 'escalate_to_human'],
  ['A minha conta foi invadida e há compras que não fiz', 'urgent', 'escalate_to_human'],
  ['Fiquei trancado fora do quarto', 'high', 'escalate_to_human'],
  ['O elevador parou com gente lá dentro', 'urgent', 'escalate_to_human'],
  ['Roubaram a minha carteira na piscina', 'urgent', 'escalate_to_human'],
  ['A porta da varanda não fecha bem', 'high', 'escalate_to_human'],
  ['Seria bom terem uma chaleira no quarto', 'low', 'auto_reply'],
  ['Meu pacote chegou quebrado e quero estorno', 'normal', 'assign_to_maintenance'],
  ['Preciso do recibo da minha estadia', 'normal', 'assign_to_billing'],
  ['O servidor caiu e as lojas não conseguem faturar', 'urgent', 'escalate_to_human'],
  ['Há um princípio de incêndio na lavandaria', 'urgent', 'escalate_to_human'],
  ['A minha filha tem febre alta e dificuldade em respirar', 'urgent', 'escalate_to_human'],
  ['Levei um choque ao ligar o secador', 'urgent', 'escalate_to_human'],
  ['Rebentou um cano na cave e está tudo alagado', 'urgent', 'escalate_to_human'],
  ['Não recebi o reembolso que prometeram há um mês', 'high', 'assign_to_billing'],
  ['O pagamento foi recusado mas o dinheiro saiu da conta', 'high', 'assign_to_billing'],
  ['A televisão não liga', 'normal', 'assign_to_maintenance'],
  ['A torneira do lavatório pinga toda a noite', 'normal', 'assign_to_maintenance'],
  ['O site dá erro ao finalizar a compra', 'normal', 'assign_to_technical_support'],
  ['Não consigo alterar a senha', 'normal', 'assign_to_technical_support'],
  ['A encomenda chegou partida', 'normal', 'assign_to_maintenance'],
  ['Preciso de toalhas limpas no 304', 'normal', 'assign_to_service'],
  ['É possível fazer o check-out às 14h?', 'low', 'auto_reply'],
  ['Quero marcar uma visita para sábado', 'normal', 'schedule'],
  ['Onde fica o supermercado mais próximo?', 'low', 'auto_reply'],
  ['Quanto custa o estacionamento por noite?', 'low', 'auto_reply'],
  ['Adorámos o quarto e a vista, muito obrigado', 'low', 'auto_reply'],
  ['Sugiro que ponham mais opções vegetarianas no menu', 'low', 'auto_reply'],
  ['Quando puderem, troquem a pilha do comando', 'low', 'request_information'],
  ['Afinal encontrei o meu cartão, podem ignorar', 'low', 'close'],
  ['Voltou a luz, tudo normal', 'low', 'close'],
  ['Estou farta, ninguém atende o telefone e o quarto está sujo', 'high', 'assign_to_maintenance'],
  ['Vou apresentar queixa na polícia, fui agredido pelo segurança', 'urgent', 'escalate_to_human'],
  ['O wifi do terceiro piso está sempre a cair', 'high', 'assign_to_technical_support'],
  ['Caiu parte do teto no corredor e há pessoas feridas', 'urgent', 'escalate_to_human'],
  ['O quadro elétrico está a deitar faíscas', 'urgent', 'escalate_to_human'],
  ['Não sai água nenhuma da torneira', 'urgent', 'escalate_to_human'],
  ['Entraram no nosso apartamento e levaram o computador', 'normal', 'request_information'],
  ['O terminal de pagamento não funciona e há clientes na fila', 'urgent', 'escalate_to_human'],
  ['Debitaram 30 euros a mais na minha conta', 'high', 'assign_to_billing'],
  ['O estore do quarto está encravado', 'normal', 'assign_to_maintenance'],
  ['A app fecha sozinha quando tento pagar', 'normal', 'assign_to_billing'],
  ['O frigorífico faz muito barulho', 'normal', 'assign_to_maintenance'],
  ['Gostaríamos de jantar no restaurante às 20h, somos quatro', 'normal', 'request_information'],
  ['Podia enviar-me a fatura com o contribuinte da empresa?', 'normal', 'auto_reply'],
  ['Têm quartos para famílias?', 'low', 'auto_reply'],
  ['O atendimento foi impecável, recomendo', 'low', 'auto_reply'],
  ['O problema desapareceu, obrigado', 'low', 'close'],
  ['Não há pressa nenhuma, mas o espelho tem um risco', 'low', 'request_information'],
  ['Ainda não arranjaram o ar condicionado e o meu bebé não dorme', 'high', 'escalate_to_human'],
  ['Tenho uma reação alérgica e não consigo respirar bem', 'urgent', 'escalate_to_human'],
  ['O portão da garagem não abre e preciso de sair já', 'urgent', 'escalate_to_human'],
  ['A caldeira avariou e está muito frio', 'urgent', 'escalate_to_human'],
  ['O teclado do portátil tem teclas que não respondem', 'normal', 'assign_to_technical_support'],
  ['Esqueci-me do carregador no quarto 22', 'normal', 'request_information'],
  ['Podemos deixar as malas na receção depois do check-out?', 'low', 'auto_reply'],
  ['Quero cancelar a minha assinatura', 'high', 'escalate_to_human'],
  ['Vocês entregam nos Açores?', 'low', 'auto_reply'],
  ['Tudo resolvido, obrigada pela ajuda', 'low', 'close'],
  ['Nada de grave, só uma porta do armário que range', 'low', 'request_information'],
]

test.each(PORTUGUESE)('"%s" is %s: %s', (text, priority, action) => {
  expect(triageText(text)).toMatchObject({ priority, action })
})

test('accents may be left out', () => {
  expect(triageText('Nao ha agua quente').priority).toBe('urgent')
  expect(triageText('Isto nao e urgente, so uma lampada fundida').priority).toBe('low')
})

test('none of these texts stands in the sources', () => {
  expect(findInSources(PORTUGUESE.map(([text]) => text))).toEqual([])
})
