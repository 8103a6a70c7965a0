import type { JsonObject } from '../tools/tool-handler.ts'

export const TICKET_STATUSES = ['open', 'in_progress', 'resolved', 'closed'] as const
export const TICKET_PRIORITIES = ['low', 'normal', 'high', 'urgent'] as const

/** What a caller may say about a ticket, by the names of its columns. */
export const TICKET_FIELDS = [
  'subject',
  'description',
  'status',
  'priority',
  'category',
  'hotel_id',
  'room',
  'guest_name',
  'assignee',
] as const

export type TicketRow = {
  id: string
  subject: string
  status: string
  created_at: Date
  updated_at: Date
  [column: string]: unknown
}

export const TICKET_COLUMNS = `id, ${TICKET_FIELDS.join(', ')}, created_at, updated_at`

export function presentTicket(row: TicketRow): JsonObject {
  return {
    ...(row as unknown as JsonObject),
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  }
}
