import type { Session } from '../../store/database.ts'

type Example = {
  id: string
  hoursAgo: number
  subject: string
  description: string
  status: string
  priority: string | null
  category: string
  hotel_id: string
  room: string | null
  guest_name: string | null
  assignee: string | null
}

const TICKETS: Example[] = [
  {
    id: 'T-1',
    hoursAgo: 3,
    subject: 'No hot water in room 305',
    description: 'Guest reports cold water in shower and basin since this morning.',
    status: 'open',
    priority: 'high',
    category: 'maintenance',
    hotel_id: 'VV-LISBON',
    room: '305',
    guest_name: 'Ana Souza',
    assignee: null,
  },
  {
    id: 'T-2',
    hoursAgo: 7,
    subject: 'Wi-Fi drops every few minutes on the second floor',
    description: 'Three guests could not finish their video calls.',
    status: 'open',
    priority: 'normal',
    category: 'internet',
    hotel_id: 'VV-LISBON',
    room: null,
    guest_name: null,
    assignee: 'maria',
  },
  {
    id: 'T-3',
    hoursAgo: 20,
    subject: 'Late check-out asked for Sunday',
    description: 'Flight leaves at 21:40; asks to keep the room until 16:00.',
    status: 'open',
    priority: null,
    category: 'reception',
    hotel_id: 'VV-LISBON',
    room: '212',
    guest_name: 'James Okafor',
    assignee: null,
  },
  {
    id: 'T-4',
    hoursAgo: 30,
    subject: 'Air conditioning leaks onto the carpet',
    description: 'Water runs down the wall below the unit; towels put underneath.',
    status: 'in_progress',
    priority: 'urgent',
    category: 'maintenance',
    hotel_id: 'VV-PORTO',
    room: '118',
    guest_name: 'Marta Ferreira',
    assignee: 'joao',
  },
  {
    id: 'T-5',
    hoursAgo: 45,
    subject: 'Minibar charged twice on invoice',
    description: 'Invoice shows 2 x 18.50 EUR for the same evening.',
    status: 'open',
    priority: 'low',
    category: 'billing',
    hotel_id: 'VV-PORTO',
    room: '204',
    guest_name: 'Chen Wei',
    assignee: null,
  },
  {
    id: 'T-6',
    hoursAgo: 72,
    subject: 'Loud music from the rooftop bar after midnight',
    description: 'Guest asks for a quieter room for the rest of the stay.',
    status: 'resolved',
    priority: 'normal',
    category: 'noise',
    hotel_id: 'VV-LISBON',
    room: '601',
    guest_name: 'Lena Vogt',
    assignee: 'maria',
  },
  {
    id: 'T-7',
    hoursAgo: 190,
    subject: 'Safe does not open',
    description: 'Passport inside; technician opened it with the master code.',
    status: 'closed',
    priority: 'high',
    category: 'maintenance',
    hotel_id: 'VV-SINTRA',
    room: '9',
    guest_name: 'Pedro Nunes',
    assignee: 'joao',
  },
]

const COMMENTS = [
  { id: 'C-1', ticket_id: 'T-1', hoursAgo: 2, author: 'maria', body: 'Boiler room checked: pump 2 is off.' },
  {
    id: 'C-2',
    ticket_id: 'T-1',
    hoursAgo: 1,
    author: 'joao',
    body: 'Pump restarted, water warm again by 15:00.',
  },
  {
    id: 'C-3',
    ticket_id: 'T-4',
    hoursAgo: 26,
    author: 'joao',
    body: 'Condensate drain is blocked, part ordered.',
  },
  {
    id: 'C-4',
    ticket_id: 'T-6',
    hoursAgo: 60,
    author: 'maria',
    body: 'Guest moved to room 410, bar volume lowered.',
  },
]

/** Example tickets with comments, for a tenant that has none of these ids yet. What is there is left as it is. */
export async function seedTickets(session: Session, tenantId: string, now?: Date): Promise<void> {
  await session.query(
    `INSERT INTO tickets (tenant_id, id, subject, description, status, priority, category, hotel_id, room,
       guest_name, assignee, created_at, updated_at)
     SELECT $1, t.id, t.subject, t.description, t.status, t.priority, t.category, t.hotel_id, t.room,
       t.guest_name, t.assignee, at, at
     FROM jsonb_to_recordset($2::jsonb) AS t(id text, "hoursAgo" int, subject text, description text, status text,
       priority text, category text, hotel_id text, room text, guest_name text, assignee text),
       LATERAL (SELECT coalesce($3::timestamptz, now()) - t."hoursAgo" * interval '1 hour' AS at) moment
     ON CONFLICT DO NOTHING`,
    [tenantId, JSON.stringify(TICKETS), now ?? null],
  )
  await session.query(
    `INSERT INTO ticket_comments (tenant_id, id, ticket_id, author, body, created_at)
     SELECT $1, c.id, c.ticket_id, c.author, c.body,
       coalesce($3::timestamptz, now()) - c."hoursAgo" * interval '1 hour'
     FROM jsonb_to_recordset($2::jsonb) AS c(id text, "hoursAgo" int, ticket_id text, author text, body text)
     ON CONFLICT DO NOTHING`,
    [tenantId, JSON.stringify(COMMENTS), now ?? null],
  )
}
