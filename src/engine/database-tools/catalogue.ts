/**
 * What may be asked of our own database, and by which words. A table or column that is not here does not exist for
 * questions, for SQL of a caller and for changes; adding one is an entry, no code. Words are in English and Portuguese,
 * in small letters and without accents. Tenants, idempotency keys and everything about people who sign in stay out.
 */
export type Column = {
  kind: 'text' | 'choice' | 'time' | 'number'
  words: string[]
  /** What happens at a time: "tickets updated today". Such a word needs the time and is no name of a column. */
  verbs?: string[]
  /** Values by their words, from the lowest to the highest where `ranked`. A choice has no others, a text may. */
  values?: Record<string, string[]>
  ranked?: true
  /** May be empty: "without", "with" and "not" take care of rows that have none. */
  nullable?: true
  /** A word of this form is a value of this column and of nothing else. */
  form?: RegExp
  /** Where "about" looks. */
  searched?: true
  /** Said of the rows that belong to it as well: "comments in VV-LISBON". */
  inherited?: true
  /** Moves on while the row lives, and when it did is not kept: "closed today" cannot be answered. */
  moves?: true
  /** Amounts of different units are never added up: they are grouped by this column. */
  unit?: string
}

export type Table = {
  /** Names for one row and for several. */
  one: string[]
  many: string[]
  id: string
  /** What "today" and "newest" mean. */
  time: string
  /** What "largest" and "over 100" mean. */
  measure?: string
  /** Who "by maria" is. */
  by?: string
  /** Whose "from ACME" is. */
  from?: string
  /** The table that each row belongs to, for joins. */
  parent?: { table: TableName; column: string }
  /** Shown in a list where nothing else is asked for. */
  brief: string[]
  columns: Record<string, Column>
  writable?: { insert: string[]; update: string[] }
}

export type TableName = 'tickets' | 'ticket_comments' | 'purchase_orders'
export type ColumnName = { table: TableName; column: string }

const CREATION = ['created at', 'created_at', 'date', 'creation date', 'data', 'data de criacao']
const CREATED = ['created', 'criado', 'criada', 'criados', 'criadas', 'criado em']
const TICKET_FORM = /^[Tt]-\d+$/
const TICKET_FIELDS = [
  'subject',
  'description',
  'status',
  'priority',
  'category',
  'hotel_id',
  'room',
  'guest_name',
  'assignee',
]

export const CATALOGUE: Record<TableName, Table> = {
  tickets: {
    one: ['ticket', 'chamado', 'ocorrencia'],
    many: ['tickets', 'chamados', 'ocorrencias'],
    id: 'id',
    time: 'created_at',
    brief: ['id', 'subject', 'status', 'priority', 'category', 'hotel_id', 'room', 'assignee', 'created_at'],
    columns: {
      id: { kind: 'text', words: ['id', 'ids', 'identifier', 'identificador'], form: TICKET_FORM },
      subject: {
        kind: 'text',
        words: ['subject', 'subjects', 'title', 'titles', 'assunto', 'assuntos', 'titulo', 'titulos'],
        searched: true,
      },
      description: {
        kind: 'text',
        words: ['description', 'descriptions', 'descricao', 'descricoes'],
        nullable: true,
        searched: true,
      },
      status: {
        kind: 'choice',
        words: ['status', 'statuses', 'state', 'states', 'estado', 'estados', 'situacao'],
        moves: true,
        values: {
          open: ['open', 'aberto', 'aberta', 'abertos', 'abertas', 'em aberto'],
          in_progress: ['in progress', 'in_progress', 'in-progress', 'em andamento', 'em curso'],
          resolved: ['resolved', 'solved', 'resolvido', 'resolvida', 'resolvidos', 'resolvidas'],
          closed: ['closed', 'fechado', 'fechada', 'fechados', 'fechadas', 'encerrado', 'encerrados'],
        },
      },
      priority: {
        kind: 'choice',
        words: ['priority', 'priorities', 'urgency', 'prioridade', 'prioridades'],
        values: {
          low: ['low', 'low-priority', 'baixa', 'baixas'],
          normal: ['normal', 'normais'],
          high: ['high', 'high-priority', 'alta', 'altas'],
          urgent: ['urgent', 'urgente', 'urgentes'],
        },
        ranked: true,
        nullable: true,
      },
      category: {
        kind: 'text',
        words: ['category', 'categories', 'categoria', 'categorias'],
        nullable: true,
      },
      hotel_id: {
        kind: 'text',
        words: ['hotel', 'hotels', 'hotel id', 'hotel ids', 'hotel_id', 'property', 'properties', 'hoteis'],
        inherited: true,
        nullable: true,
        form: /^[A-Z]{2,4}-[A-Z][A-Z0-9]{2,}$/,
      },
      room: {
        kind: 'text',
        words: ['room', 'rooms', 'room number', 'room numbers', 'quarto', 'quartos'],
        inherited: true,
        nullable: true,
      },
      guest_name: {
        kind: 'text',
        words: [
          ...['guest', 'guests', 'guest name', 'guest names', 'guest_name', 'names of guests', 'reported by'],
          ...['hospede', 'hospedes', 'nome do hospede', 'nomes dos hospedes', 'nomes de hospedes'],
        ],
        nullable: true,
      },
      assignee: {
        kind: 'text',
        words: [
          ...['assignee', 'assignees', 'assigned to', 'responsavel', 'responsaveis'],
          ...['atribuido a', 'atribuida a', 'atribuidos a', 'atribuidas a'],
        ],
        moves: true,
        nullable: true,
      },
      created_at: { kind: 'time', words: CREATION, verbs: [...CREATED, 'opened', 'reported'] },
      updated_at: {
        kind: 'time',
        words: ['updated at', 'updated_at', 'last update', 'data de atualizacao', 'ultima atualizacao'],
        verbs: [
          ...['updated', 'last updated', 'changed', 'modified', 'atualizado', 'atualizada'],
          ...['atualizados', 'atualizadas', 'alterado', 'alterados'],
        ],
      },
    },
    writable: { insert: TICKET_FIELDS, update: TICKET_FIELDS },
  },
  ticket_comments: {
    one: ['comment', 'ticket comment', 'comentario'],
    many: ['comments', 'ticket comments', 'ticket_comments', 'comentarios'],
    id: 'id',
    time: 'created_at',
    by: 'author',
    parent: { table: 'tickets', column: 'ticket_id' },
    brief: ['id', 'ticket_id', 'author', 'body', 'created_at'],
    columns: {
      id: { kind: 'text', words: ['id', 'ids', 'identifier', 'identificador'], form: /^[Cc]-\d+$/ },
      ticket_id: { kind: 'text', words: ['ticket id', 'ticket ids', 'ticket_id'], form: TICKET_FORM },
      author: { kind: 'text', words: ['author', 'authors', 'autor', 'autora', 'autores'] },
      body: {
        kind: 'text',
        words: ['body', 'text', 'texts', 'texto', 'textos'],
        searched: true,
      },
      created_at: {
        kind: 'time',
        words: CREATION,
        verbs: [...CREATED, 'written', 'posted', 'added', 'escritos', 'feitos'],
      },
    },
    writable: { insert: ['ticket_id', 'body'], update: ['body'] },
  },
  purchase_orders: {
    one: ['order', 'purchase order', 'purchase', 'pedido', 'compra', 'ordem de compra'],
    many: [
      ...['orders', 'purchase orders', 'purchase_orders', 'purchases'],
      ...['pedidos', 'compras', 'ordens de compra'],
    ],
    id: 'order_id',
    time: 'created_at',
    measure: 'amount',
    from: 'merchant',
    brief: ['order_id', 'amount', 'currency', 'merchant', 'created_at'],
    columns: {
      order_id: {
        kind: 'text',
        words: ['order id', 'order ids', 'order_id', 'id', 'ids'],
        form: /^order_[0-9a-f]+$/,
      },
      amount: {
        kind: 'number',
        words: [
          ...[
            'amount',
            'amounts',
            'value',
            'values',
            'price',
            'prices',
            'cost',
            'costs',
            'spend',
            'spending',
          ],
          ...['valor', 'valores', 'preco', 'precos', 'montante', 'montantes', 'gasto', 'gastos'],
        ],
        unit: 'currency',
      },
      currency: {
        kind: 'text',
        words: ['currency', 'currencies', 'moeda', 'moedas'],
        values: {
          EUR: ['eur', 'euro', 'euros'],
          USD: ['usd', 'dollar', 'dollars', 'dolar', 'dolares'],
          GBP: ['gbp', 'pounds', 'libras'],
          BRL: ['brl', 'real', 'reais'],
          CHF: ['chf', 'francs', 'francos'],
        },
      },
      merchant: {
        kind: 'text',
        words: [
          ...['merchant', 'merchants', 'supplier', 'suppliers', 'vendor', 'vendors', 'shop', 'shops'],
          ...['fornecedor', 'fornecedores', 'loja', 'lojas'],
        ],
        nullable: true,
      },
      created_at: {
        kind: 'time',
        words: CREATION,
        verbs: [...CREATED, 'placed', 'made', 'feitos', 'feitas'],
      },
    },
  },
}

export const TABLE_NAMES = Object.keys(CATALOGUE) as TableName[]

/** The table of this name, or undefined for everything that is not in the catalogue. */
export function tableNamed(name: string): Table | undefined {
  return Object.hasOwn(CATALOGUE, name) ? CATALOGUE[name as TableName] : undefined
}

export function columnNamed(table: Table, name: string): Column | undefined {
  return Object.hasOwn(table.columns, name) ? table.columns[name] : undefined
}

/** The column that leads from a table to the one it belongs to, whichever of the two is named first. */
export function relationBetween(
  first: TableName,
  second: TableName,
): { child: TableName; column: string; parent: TableName } | undefined {
  for (const [child, parent] of [
    [first, second],
    [second, first],
  ] as const) {
    const up = CATALOGUE[child].parent
    if (up?.table === parent) return { child, column: up.column, parent }
  }
  return undefined
}
