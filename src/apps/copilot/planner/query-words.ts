import type { QueryTopic } from './schema.ts'

/* Words of questions about what is there. Reading changes nothing, so that they may come in any order. */

const words = (text: string) => new Set(text.split(' '))

export const BALANCE = words('balance balances bal funds money saldo saldos dinheiro')
export const MUCH = words('much many quanto quanta quantos quantas')
export const HAVE = words('have hold own got possess tenho possuo')
export const SHOWS = words(
  "show view see check display what whats what's what’s que mostre mostra mostrar ver veja qual carteira",
)
export const OFFERED = words(
  'support supports supported available allowed list lists known which what quais liste listar suporta suportado suportada suportados suportadas disponíveis disponiveis permitidos permitidas aceitos aceitas',
)
/** Who may take something: with a spender, or asked for one, these are about allowances. */
export const SPENDS = words('spend take gastar')
export const WHO = words('who whom quem anyone anybody alguém alguem')

export const TOPICS: [Set<string>, QueryTopic[]][] = [
  [BALANCE, ['balance']],
  [words('snapshot portfolio holdings assets portfólio portfolio'), ['snapshot']],
  [
    words(
      'allowance allowances approval approvals permission permissions spender spenders permissão permissões permissao permissoes aprovação aprovações aprovacao aprovacoes autorização autorizações autorizacao autorizacoes',
    ),
    ['allowances'],
  ],
  [words('token tokens coin coins moeda moedas'), ['tokens']],
  [words('router routers dex dexes exchanges roteador roteadores'), ['routers']],
  [words('allowlist allowlists whitelist'), ['allowlists']],
  [words('chain chains network networks blockchain blockchains rede redes'), ['chains']],
  [
    words('status situação situacao done through finished confirmed pending stuck where onde confirmada'),
    ['status'],
  ],
]

/** What belongs to a question without a meaning of its own beside a topic. */
export const PLAIN = words(
  [
    "what what's what’s whats is are am my mine the show me list do does did i have hold own got possess how much many of in on for to from",
    'wallet account current currently all tell give which who whom can you support supported supports available allowed known get check see',
    'view display a an it run transaction look up our your by and any anyone anybody there use using spend take has given left now total here',
    'everything did go yet unlimited infinite money funds crypto currencies please',
    'qual quais quem que é são sao estou está esta o os as um uma eu me meu meus minha minhas mostre mostra mostrar ver veja liste listar lista',
    'tenho possuo quanto quanta quantos quantas de do da dos das em no na nos nas e tem há ha pode podem posso usar gastar suporta suportado',
    'suportada suportados suportadas disponíveis disponiveis permitidos permitidas aceitos aceitas alguém alguem para por carteira conta todos todas dinheiro aqui',
  ].join(' '),
)

/** Verbs as nouns: "the status of my swap", "which tokens can I swap". */
export const ACTION_NOUNS = words('swap transfer trade send troca trocar')

export const WALLET = words('wallet carteira account conta')
