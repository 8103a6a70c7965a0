import type { Json } from '../../lib/canonical-json.ts'
import { decideCondition } from './decide-condition.ts'

export const TICKET: Json = {
  id: 'T-1042',
  subject: 'Please refund my Late booking',
  priority: 'high',
  status: 'in_progress',
  amount: 1200,
  approved: true,
  tags: ['vip', 'billing'],
  notes: '',
  assignee: null,
  customer: { name: 'Ana Souza', tier: 'gold', invoices: [{ total_cents: 500 }, { total_cents: 500 }] },
  hotel: { city: 'Lisboa', rooms: [{ city: 'Porto' }] },
}

export const verdictOf = (condition: string, data: Json = TICKET) => decideCondition(condition, data).verdict
