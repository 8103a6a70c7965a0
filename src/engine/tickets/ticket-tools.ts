import type { Clock } from '../../lib/clock.ts'
import type { Database, Session } from '../../store/database.ts'
import { explainDatabaseError } from '../database-tools/explain-database-error.ts'
import type { BuiltInTool, JsonObject, ToolInvocation } from '../tools/tool-handler.ts'
import { createTicket, listOpenTickets, updateTicket } from './change-tickets.ts'
import { TICKET_PRIORITIES, TICKET_STATUSES } from './ticket.ts'
import { tryWrite } from './try-write.ts'
import { writeOnce } from './write-once.ts'

const MAX_LISTED = 200
const DEFAULT_LISTED = 50
const TIMEOUT_MS = 10_000

const text = (description: string, maxLength = 200) => ({
  type: 'string',
  minLength: 1,
  maxLength,
  description,
})
const optional = (description: string, maxLength = 200) => ({
  type: ['string', 'null'],
  maxLength,
  description,
})
const FIELDS = {
  subject: text('what it is about, in one line'),
  description: optional('the whole story', 10_000),
  status: { type: 'string', enum: [...TICKET_STATUSES] },
  priority: { type: ['string', 'null'], enum: [...TICKET_PRIORITIES, null] },
  category: optional('e.g. maintenance, billing'),
  hotel_id: optional('the hotel, e.g. VV-LISBON'),
  room: optional('the room, e.g. 305'),
  guest_name: optional('who reported it'),
  assignee: optional('who takes care of it'),
}
const TICKET = {
  type: 'object',
  required: ['id', 'subject', 'status'],
  properties: { id: { type: 'string' }, ...FIELDS },
}
const ANSWER = { type: 'object', required: ['ticket'], properties: { ticket: TICKET } }

type Change = (session: Session, invocation: ToolInvocation, now: Date) => Promise<JsonObject>

/** The service desk: tickets of the tenant that calls, in our own database. */
export function makeTicketTools(database: Database, clock: Clock): BuiltInTool[] {
  const changing = (change: Change): Pick<BuiltInTool, 'handler' | 'preview'> => {
    const answer = (invocation: ToolInvocation) => async (session: Session) => ({
      ticket: await change(session, invocation, new Date(clock.now())),
    })
    const explained = async (run: Promise<JsonObject>, writing: boolean) => {
      try {
        return await run
      } catch (error) {
        throw explainDatabaseError(error, { writing })
      }
    }
    return {
      // It commits with its answer, so that the same key never makes a second change.
      handler: (invocation) => explained(writeOnce(database, clock, invocation, answer(invocation)), true),
      preview: (invocation) =>
        explained(tryWrite(database, invocation.principal.tenantId, answer(invocation)), false),
    }
  }

  return [
    {
      tool: {
        id: 'ticketing.list_open',
        name: 'List open tickets',
        description: 'The open tickets, oldest first; of one hotel where hotel_id is given.',
        // What a workflow hands on may hold more than this tool looks at.
        input_schema: {
          type: 'object',
          properties: {
            hotel_id: { type: ['string', 'null'], description: 'only tickets of this hotel, e.g. VV-LISBON' },
            limit: { type: 'integer', minimum: 1, maximum: MAX_LISTED, default: DEFAULT_LISTED },
          },
          additionalProperties: true,
        },
        output_schema: {
          type: 'object',
          required: ['tickets'],
          properties: { tickets: { type: 'array', items: TICKET } },
        },
        handler_config: {},
        risk_level: 'low',
        side_effects: ['database_read'],
        recovery: 'retry_with_key',
        timeout_ms: TIMEOUT_MS,
      },
      handler: async ({ input, principal: { tenantId } }) => {
        const hotelId = (input.hotel_id as string | null | undefined) ?? null
        const limit = Math.min((input.limit as number | undefined) ?? DEFAULT_LISTED, MAX_LISTED)
        try {
          return {
            tickets: await database.transaction(tenantId, (session) =>
              listOpenTickets(session, tenantId, { hotelId, limit }),
            ),
          }
        } catch (error) {
          throw explainDatabaseError(error)
        }
      },
    },
    {
      tool: {
        ...CHANGING,
        id: 'ticketing.create',
        name: 'Create a ticket',
        description: 'Opens a ticket. The same idempotency key gives the same ticket.',
        input_schema: closed(FIELDS, ['subject']),
      },
      ...changing((session, { input, principal }, now) =>
        createTicket(session, principal.tenantId, input, now),
      ),
    },
    {
      tool: {
        ...CHANGING,
        id: 'ticketing.update',
        name: 'Update a ticket',
        description: 'Sets the fields that are given of one ticket and leaves the others as they are.',
        input_schema: { ...closed({ id: text('e.g. T-1'), ...FIELDS }, ['id']), minProperties: 2 },
      },
      ...changing((session, { input: { id, ...fields }, principal }, now) =>
        updateTicket(session, principal.tenantId, id as string, fields, now),
      ),
    },
    {
      tool: {
        ...CHANGING,
        id: 'ticketing.assign',
        name: 'Assign a ticket',
        description: 'Says who takes care of a ticket; null takes it away from everybody.',
        input_schema: closed({ id: text('e.g. T-1'), assignee: FIELDS.assignee }, ['id', 'assignee']),
      },
      ...changing((session, { input: { id, assignee }, principal }, now) =>
        updateTicket(session, principal.tenantId, id as string, { assignee: assignee ?? null }, now),
      ),
    },
  ]
}

const CHANGING = {
  output_schema: ANSWER,
  handler_config: {},
  risk_level: 'medium',
  side_effects: ['database_write'],
  recovery: 'retry_with_key',
  timeout_ms: TIMEOUT_MS,
} as const satisfies Partial<BuiltInTool['tool']>

function closed(properties: JsonObject, required: string[]) {
  return { type: 'object', properties, required, additionalProperties: false }
}
