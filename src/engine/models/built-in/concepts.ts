import { compilePhrases } from './read-text.ts'

/**
 * Words that mean the same for the purpose of matching a request with a route, a condition or a tool, in English and
 * Portuguese. Notation of `compilePhrases`.
 */
const GROUPS: Record<string, string> = {
  // Money and orders
  refund: `refund*, money back, reimburs*, reembols*, estorn*, devolv* .. dinheiro, dinheiro de volta, devolucao do (dinheiro|valor), my money, credit me`,
  invoice: `invoice*, bill, bills, billing, billed, receipt*, statement*, fatura*, recibo*, nota fiscal, boleto*, credit note*, faturac*`,
  bankcard: `cards?, debit card, credit card, cartao, cartoes, pin code, atm, multibanco`,
  late: `late, later than, delay*, overdue, behind schedule, atras*, demorad*, tard[ei]*, has not (arrived|reached|come), should have (been|arrived|come), ainda nao (chegou|veio|recebi)`,
  problem: `problem*, issue, issues, trouble*, fault*, wrong, problema*, avaria*, incident*, anomal*, difficult*, dificuldade*`,
  payment: `pay, pays, paying, paid, payment*, charge, charges, charged, charging, debit*, card, credit card, pagar, pago, paga, paguei, pagamento*, cobran*, cobrad*, cobraram, debitad*, cartao, pix, mb ?way, transfer bancari*, iban, wire, money, dinheiro, direct debit, deducted, withdrew, withdrawn, vat, tax`,
  price: `price*, pricing, cost*, fee, fees, rate, rates, quote, quotation, expensive, cheap*, discount*, voucher*, coupon*, promo*, preco*, custo, custos, custa, custam, custar, taxa*, orcamento*, desconto*, caro, barato, quanto fica, how much, tariff*, tarifa*`,
  purchase: `buy, buys, buying, bought, purchas*, order (a|an|some|more|new), comprar, compra, compras, comprei, adquir*, acquire, procure*, get a license, license*, licenc*`,
  sales: `sales, sell, demo, demonstration, trial, enterprise plan, upgrade*, interested in, vendas, demonstrac*, interessad* em, talk to sales, partnership*, parceria*, proposal*, proposta*, quote, volume discount`,
  order: `order, orders, ordered, encomenda*, pedido*, compra n, purchase order`,
  delivery: `deliver*, ship, shipped, shipping, shipment*, parcel*, package, packages, courier*, track*, dispatch*, arriv* .. (package|order|parcel), entrega*, entregue*, envio*, expedi*, transportadora, encomenda, rastre*, correio*, not arrived, hasnt arrived, nao chegou, pacote*, (nao|ainda) .. receb*, en route, (didnt|doesnt|havent|never|hasnt|not) (arrive*|receiv*|come|came)`,
  return: `return, returns, returned, returning, exchange, exchanges, send (it |them )?back, devolver, devolucao, devolucoes, trocar, troca, trocas, replace*, replacement*, substitu*, swap (it|them|the|this|for), send .. back, give .. back, trade in`,
  damaged: `damag*, broken, defect*, faulty, smash*, crack*, torn, danific*, partid*, estragad*, defeit*, rachad*, avariad*, quebrad*, rasgad*, cracked, scratched, riscad*`,
  stock: `stock, inventory, availab*, in store, sold out, estoque, disponib*, disponivel, disponiveis, esgotad*, inventario, units left, unidades`,
  subscription: `subscri*, plan, plans, membership*, renew*, assinatura*, plano, planos, mensalidade*, renov*, annual, monthly, tier`,
  cancel: `cancel*, terminat*, stop my, end my, close (my|our|the) account, leave, leaving, (move|moving|switch|switching) to another, cancelamento*, cancelar, cancelem, rescind*, encerrar, desistir, anular, dont want .. (anymore|any more), no longer want, unsubscribe`,
  change: `change*, changing, modif*, edit*, adjust*, update*, alter, alterar, alterac*, mudar, mudanca*, modificar, atualizar, corrigir, correct, amend*, move, remarcar, reschedul*, trocar, instead of`,
  // Travel and lodging
  booking: `book, booking*, booked, reserv*, marcar, marcac*, marquei, agend*, appointment*, schedul*, reschedul*, remarc*`,
  checkin: `check ?in*, checkin*, arriv*, cheg*, entrada, early check, late arrival`,
  checkout: `check ?out*, checkout*, depart*, leaving, saida, late departure, partida`,
  room: `room*, suite*, apartment*, quarto*, apartamento*, accommodation*, villa*, alojamento*, hospedagem*, upgrade my room`,
  housekeeping: `clean*, housekeep*, towel*, sheet*, linen*, pillow*, blanket*, bed made, limp*, toalha*, lencois, almofada*, travesseiro*, arrum*, soap, shampoo, sabonete*, toilet paper, papel higienico, dirty, suj*, dust*, tidy, vacuum*`,
  noise: `nois*, loud*, barulh*, ruido*, music, party, parties, festa, quiet, silenc*, shout*, grit*, bark*`,
  climate: `air con*, aircon*, ac, heating, heater*, radiator*, temperature*, thermostat*, too (hot|cold|warm), ar condicionado, aquec*, temperatura*, calor, frio, freezing, cooling, boiler, caldeira`,
  plumbing: `water, tap, taps, shower*, toilet*, sink*, drain*, leak*, pipe*, bath, bathtub, flush*, agua, torneira*, chuveiro*, duche*, sanita*, vaso sanitario, lavatorio*, pia, ralo*, fuga*, vazamento*, cano*, autoclismo, descarga, plumb*, faucet*, drip*, ping*`,
  electricity: `electric*, power, light, lights, lamp*, bulb*, socket*, outlet*, plug*, fuse*, eletric*, luz, lampada*, tomada*, quadro, disjuntor*, energia, candeeiro*, blackout, wiring`,
  internet: `wifi, wi fi, internet, network, router, connection, connect*, bandwidth, rede, ligacao, conexao, net, offline, vpn, signal, sinal`,
  elevator: `elevator*, lift, lifts, elevador*, ascensor*`,
  lock: `lock*, key, keys, keycard*, door, doors, fechadura*, chave*, porta, portas, trancad*, badge*`,
  repair: `repair*, fix, fixed, fixing, maintenance, technician*, broken, broke, not work*, doesnt work, isnt working, malfunction*, out of order, repar*, consert*, arranj*, manutenc*, tecnico*, avari*, nao funciona*, nao liga, estrag*, quebr*, leak*, plumb*, electrician*, canaliz*, eletricista*, drip*, jammed, stuck, stopped working, pifou`,
  food: `food, breakfast, lunch, dinner, meal*, restaurant*, menu*, eat*, kitchen*, vegetarian*, vegan*, gluten*, comida, refeic*, pequeno almoco, cafe da manha, almoco, jantar, restaurante*, ementa*, cardapio*, vegan*, room service, drink*, bebida*, wine, vinho, coffee, table for, mesa para, cuisine, dessert*`,
  allergy: `allerg*, alerg*, intoleran*, celiac*, celiac*, nut free, lactose`,
  parking: `park, parking, parked, garage*, car park, estacion*, garagem*, valet`,
  pet: `pet, pets, dog*, cat, cats, puppy, animal*, cao, caes, cachorro*, gato*, animais`,
  transport: `airport*, taxi*, shuttle*, transfer*, pickup, pick up, train*, bus, flight*, fly, aeroporto*, taxi*, comboio*, trem, autocarro*, onibus, voo*, boleia, uber, metro, car rental, rent a car`,
  luggage: `luggage, suitcase*, baggage, bag, bags, backpack*, mala, malas, bagag*, mochila*`,
  lost: `lost, lose, left behind, left my, left .. in, forgot*, missing, perdi, perdid*, esqueci*, esquecemos, deixei, deixamos, misplac*, (cant|cannot|couldnt) find, nao encontro, extravi*, lost and found, perdidos e achados`,
  leisure: `pool, spa, gym, massage*, sauna, beach, tour*, museum*, excursion*, piscina*, ginasio*, academia, massag*, praia, passeio*, museu*, excursao, fitness, activities, atividades, concert*, tickets for`,
  // Software and accounts
  login: `log in, login*, logging in, sign in, signin, signing in, password*, passcode*, reset, 2fa, mfa, authenticat*, locked account, senha*, palavra passe, entrar na (conta|aplicacao|app|plataforma), aceder, acessar, acesso*, autentic*, credential*, credenciais, username*, verification code, codigo de verificac*, one time code, otp, locked out of, access, access to, permission*, permiss*, acesso`,
  account: `account*, profile*, user settings, conta, contas, perfil, perfis, registration, sign up, registo*, cadastro*`,
  error: `error*, bug, bugs, buggy, crash*, freez*, frozen, glitch*, exception*, fail*, broken, not work*, doesnt work, doesnt load, wont (load|open|start|save|work*), stack trace, 500, 404, 503, blank page, white screen, erro, erros, falha*, trav*, congel*, nao funciona*, nao abre, nao carrega, nao responde, deixou de funcionar, stopped working, nothing happens, nao acontece nada, as it should, hang, hangs, malfunction*, unexpected behaviour`,
  outage: `outage*, down, unavailable, offline, unreachable, fora do ar, indisponiv*, em baixo, nobody can, no one can, ninguem consegue, service interruption, interrup*`,
  performance: `slow*, sluggish, lag*, latency, performance, timeout*, times out, takes forever, lent*, demora*, desempenho, takes (too )?long, speed*, veloc*`,
  software: `app, apps, application*, software, website*, web ?site*, web page*, page, screen, button*, browser*, aplicac*, aplicativo*, site, pagina*, ecra, tela, botao, navegador*, dashboard*, plugin*, android, ios, system, sistema*, platform, plataforma*, portal*`,
  hardware: `laptop*, notebook*, computer*, pc, printer*, keyboard*, monitor*, screen, phone, mobile, tablet*, charger*, battery, scanner*, headset*, mouse, docking station, projector*, computador*, portatil, portateis, impressora*, teclado*, rato, ecra, tela, telemovel, celular, carregador*, bateria, projetor*, device*, hardware`,
  technical: `technical*, tecnic*, troubleshoot*, it support, engineer*, engenh*, developer*, programador*`,
  integration: `integrat*, api, apis, webhook*, sdk, endpoint*, oauth, zapier, integrac*, connector*, conector*, plugin*`,
  setup: `install*, set up, setup, configur*, onboard*, getting started, instal*, activat*, ativa*`,
  data: `data, database*, record*, export*, import*, csv, spreadsheet*, dados, registo*, exportar, importar, planilha*, folha de calculo, base de dados, table, tabela*, sql, query`,
  report: `report*, analytics, chart*, graph*, statistic*, metric*, relatorio*, grafico*, estatistic*, metric*, dashboard*`,
  document: `document*, file, files, pdf, attachment*, upload*, download*, documento*, ficheiro*, arquivo*, anexo*, descarregar, baixar, certificate*, certificado*, comprovativo*, comprovante*`,
  feature: `feature*, suggest*, improvement*, wish, would be (nice|great|good|useful), funcionalidade*, sugest*, suger*, melhoria*, seria (bom|otimo|util|interessante|legal), enhancement*, idea*, ideia*, roadmap, could you add, please add, dark mode, add support`,
  security: `hack*, breach*, phish*, fraud*, scam*, suspicious, unauthori[sz]ed, compromis*, malware, virus, fraude*, burla*, golpe*, suspeit*, invadi*, nao autorizad*, clonad*, security, seguranca, vulnerab*, leaked, identity theft, stolen, someone else`,
  privacy: `privacy, gdpr, personal data, delete my data, data protection, rgpd, lgpd, privacidade, dados pessoais, apagar os meus dados, right to be forgotten, consent, dpo`,
  // People and tone
  legal: `lawyer*, legal*, sue, suing, court*, attorney*, contract*, advogad*, judicia*, tribunal, processar, contrato*, lawsuit*, litigation, compliance, terms of service, termos, liabilit*`,
  complaint: `complain*, unacceptable, disappoint*, terrible, awful, worst, angry, furious, rude, bad experience, poor service, dissatisf*, unhappy, upset, frustrat*, reclam*, queix*, inaceitavel, pessim*, horrivel, insatisf*, descontent*, mal educad*, vergonh*, desilu*, dececion*, decepcion*, annoyed, appalling, disgust*, zangad*, furios*, chatead*, ridiculous, outraged, indignad*`,
  praise: `great, wonderful, excellent, amazing, lovely, love, loved, fantastic, perfect, (big|many) thanks, thank you (so|very), compliment*, happy with, satisf*, pleased, delighted, parabens, excelente, otim*, maravilhos*, ador*, muito obrigad*, elogi*, agradec*, positive, positiv*, impressed, enjoyed, congratulat*, kudos`,
  howto: `how (do|can|to|should|could|would) (i|we|you|one|it), how to, como (posso|faco|fazer|se faz|e que|consigo|altero|mudo|configuro), instructions, tutorial*, step by step, passo a passo`,
  question: `question*, ask, asks, asking, how (do|can|to|much|many|long|does), what (time|is|are), where (is|are|can), when (is|are|do|does|can), is there, are there, do you, wondering, inquir*, enquir*, information, info, faq, clarif*, pergunta*, duvida*, como (posso|faco|funciona), a que horas, onde (fica|e|posso), qual, quais, quanto*, gostava de saber, gostaria de saber, informac*, esclarec*, opening hours, horario*, curious`,
  human: `human, person, agent, operator, representative, manager, supervisor, someone real, humano, pessoa, atendente, gerente, responsavel, operador, real person`,
  urgent: `urgent*, emergenc*, asap, immediate*, critical, critic*, right now, high priority, prioridade alta, imediat*, life threatening, severe, grave`,
  safety: `fire, smoke, gas, injur*, bleed*, ambulance, danger*, unsafe, hazard*, flood*, evacuat*, explosion*, incendio, fogo, fumo, fumaca, ferid*, sangr*, ambulancia, perig*, inunda*, safety, accident*, acidente*, threat*, ameac*, alarm*, sparks, faisca*, weapon*, electric shock`,
  medical: `medical*, doctor*, hospital*, sick, ill, illness, injur*, pain, faint*, breath*, medic*, medico*, doente*, dor, dores, desmai*, respir*, ferid*, ambulan*, insulin*, remedio*, health*, saude, chest, headache, fever, febre, pregnan*, wound*, allergic reaction, symptom*, tablets, pill, pills, ibuprofen*, paracetamol, aspirin*, antibiotic*, dose, doses, dosage, prescription*, receita medica, comprimido*, sintoma*, cough*, tosse, vaccin*, vacina*, nausea, rash, dizz*, tontura*`,
  theft: `stolen, theft, robbed, stole, burglar*, thief, roub*, furt*, assalt*, ladra*`,
  spam: `spam, advert*, newsletter*, lottery, seo, unsubscribe, publicidade, promotional, marketing email*, backlink*, casino, won a, you have won, click here`,
  job: `job*, career*, cv, resume, candidate*, apply, applying, vacanc*, hiring, recruit*, interview*, emprego*, vaga*, curriculo*, candidat*, recrut*, internship*, estagio*, position, work for you, trabalhar convosco, trabalhar com voces`,
  payroll: `salary, salaries, wage*, payroll, payslip*, bonus, salario*, ordenado*, vencimento*, recibo de vencimento, holerite*`,
  absence: `vacation*, holiday*, day off, days off, sick leave, leave request, time off, parental leave, ferias, folga*, baixa medica, licenca, atestado, ausencia*`,
  press: `press, journalist*, media, newspaper*, imprensa, jornalist*, jornal, reporter*, podcast, magazine, revista`,
  supplier: `supplier*, vendor*, fornecedor*, contractor*`,
  training: `training, course*, tutorial*, lesson*, learn*, formacao, curso*, aula*, aprender, treinamento*, workshop*, webinar*`,
  event: `event, events, wedding*, conference*, meeting room*, group booking, evento*, casamento*, conferencia*, sala de reuni*, banquet*, birthday*, aniversario*`,
  // Tools
  weather: `weather, forecast*, rain*, sunny, temperature in, previsao, meteorolog*, chuva, chover, clima, tempo (vai|faz|fara|esta|em|para), snow*, wind speed`,
  calculate: `calculat*, comput*, sum of, add up, multipl*, divid*, \\d+ (plus|minus|times|percent), square root, how much is, calcul*, soma, somar, dividir, quanto e, raiz quadrada, math, arithmetic, expression`,
  translate: `translat*, traduz*, traduc*, into english, into portuguese, para ingles, para portugues, em ingles, em portugues`,
  ticket: `ticket*, chamado*, support request*, issue, issues, incident*, case, cases, ocorrencia*, pedidos de suporte`,
  list: `list, lists, listing, show, display, see all, all open, which .. (are|do), lista*, mostra*, mostre, quais, get all, overview, enumerate`,
  fetch: `get, gets, fetch*, read, reads, look up, lookup, retriev*, find, finds, search*, check the, obter, obtem, busca*, procur*, consult*, encontr*, pesquis*, ver o, ver a, query, queries, status of, estado d*`,
  create: `creat*, open a (ticket|case|request), add a, new, insert*, register, submit*, make a, cri[ae]*, abr[ae] um, abrir um, novo, nova, adicion*, regist[ae]*, inserir`,
  update: `updat*, set the, modify, modifies, edit*, rename*, atualiz*, alter[ae]*, muda, mude, mudar, definir, define, assign*, atribu*`,
  delete: `delet*, remov*, erase*, purge*, drop the, apag*, elimin*, exclu*, remov*`,
  send: `send*, sent, email (to|him|her|them|the), notif*, messag* (to|him|her|them), forward*, enviar*, envia, envie, mandar, manda, mande, notific*, encaminh*, reply to, post (to|a message)`,
  email: `email*, e mail*, mail, correio eletronico, inbox`,
  phone: `phone*, call, calls, calling, telephone*, telefon*, ligar, chamada*, sms, whatsapp`,
  transfer: `transfer*, (send|sent|sending) .. (money|funds|eth|usdc|tokens), (money|funds) .. (sent|send), swap*, bridge*, withdraw*, deposit*, trocar, levantar, sacar, depositar, convert*`,
  crypto: `crypto*, token, tokens, wallet*, eth, ethereum, bitcoin, btc, usdc, usdt, blockchain, on chain, gas fee*, smart contract*, carteira, nft, swap*, stake, staking, defi, airdrop`,
  balance: `balance*, saldo*, how much do i have, quanto tenho, holdings, portfolio`,
  time: `time now, current time, what time is it, date today, que horas sao, hora atual, data de hoje, clock, time zone, timezone`,
  approve: `approv*, authori[sz]*, sign off, aprov*, autoriz*, consent, permission*, permiss*`,
  summary: `summar*, recap, tl ?dr, resum*, sintese, sintetiz*, overview, digest`,
  customer: `customer*, client*, guest*, user, users, cliente*, hospede*, utilizador*, usuario*, buyer*, member*, caller, sender, visitor*`,
  message: `message*, text, email, mail, request, inquiry, note, content, body, mensagem, texto, pedido, conteudo, comment*, review*, conversation*, ticket`,
  priority: `priority, priorities, prioridade*, urgency, severity, importance, urgencia, gravidade`,
  amount: `amount*, total*, value, sum, montante*, valor, valores, quantia*, price, cost, preco, custo, budget, orcamento`,
  count: `count, number, quantity, qty, quantidade, numero, how many, quantos, quantas`,
  status: `status, state, stage, phase, estado, fase, situacao`,
  name: `name, names, nome, nomes, called, chamad*`,
  date: `date*, day, deadline, due, data, dia, prazo`,
  city: `city, town, place, location, destination, cidade, local, lugar, destino, localidade`,
  country: `country, countries, nation, pais, paises`,
  language: `language*, idioma*, lingua*`,
  vip: `vip, loyal*, premium, gold, platinum, frequent, fidel*, regular customer`,
  high: `high*, alt[oa]s?, elevad[oa]s?, big, large, grande*`,
  low: `low*, baix[oa]s?, small, minor, pequen[oa]s?, trivial`,
}

export type ConceptName = string

export const CONCEPTS: { name: ConceptName; phrases: RegExp }[] = Object.entries(GROUPS).map(
  ([name, list]) => ({
    name,
    phrases: compilePhrases(list),
  }),
)

/** Words that stand in almost every sentence and tell nothing about what it is about. */
export const STOP_WORDS = new Set(
  `a an the this that these those it its is are was were be been being am do does did done have has had having will would
   can could should shall may might must i me my mine we us our you your yours he him his she her they them their who whom
   whose which what where when why how and or but not no nor so if then else than to of in on at by for from with about
   into onto over under up down out off as any some all every each other another there here just only also too very really
   please want wants wanted need needs needed like likes would let get gets got make makes made go goes going use uses used
   using say says said tell tells told ask asks asking regarding related concerning based such one ones something someone
   anything anyone whether while during after before again still now
   um uma uns umas o os as ao aos da das do dos de em no na nos nas num numa por pelo pela pelos pelas para com sem sobre
   e ou mas que se como quando onde quem qual quais eu tu ele ela eles elas nos vos me te lhe lhes meu minha meus minhas
   teu tua seu sua seus suas nosso nossa este esta esse essa isto isso aquele aquela ser estar ter haver foi era sao esta
   estao tem tenho temos ha quero queria quer querem preciso precisa gostava gostaria favor muito mais menos ja ainda
   tambem so apenas deve pode podem fazer faz sobre caso`.split(/\s+/),
)
