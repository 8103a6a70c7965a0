import fc from 'fast-check'
import { readLexicon } from './read-lexicon.ts'

export const ADDRESSES = [
  '10.0.0.1',
  '192.168.1.254:8080',
  '10.0.0.0/8',
  '2001:db8::1',
  'https://example.com/red/file?open=true#new',
  'www.example.org',
  'api.example.com:443',
  'localhost:3000',
  'open.ticket@new-hotel.com',
]
export const IDENTIFIERS = [
  'ticketId',
  'ticket_id',
  'OPEN_TICKET',
  'openFile()',
  'agent.router',
  'src/red/file.ts',
  '/etc/new/file',
  './open',
  'C:\\red\\file',
  'E404',
  'ERR-404',
  'T-1042',
  'ECONNREFUSED',
  'v1.2.3',
  '550e8400-e29b-41d4-a716-446655440000',
  '`red file`',
  '{{guest.name}}',
  '--open-file',
  '@open_team',
  '#1042',
  'iPhone',
]

const blanks = fc.constantFrom(' ', '  ', '\n', '\r\n', '\t', '\u00a0', '\u3000')
const english = fc.constantFrom(...readLexicon('en').keys())
const portuguese = fc.constantFrom(...readLexicon('pt').keys())
const inSomeCase = (words: fc.Arbitrary<string>) =>
  fc
    .tuple(words, fc.integer({ min: 0, max: 2 }))
    .map(([word, style]) =>
      style === 0 ? word : style === 1 ? word.toUpperCase() : word[0]!.toUpperCase() + word.slice(1),
    )

/** Texts as people and programs write them: words, addresses, identifiers, punctuation, and now and then anything. */
export const arbitraryText = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: inSomeCase(english) },
      { weight: 4, arbitrary: inSomeCase(portuguese) },
      { weight: 8, arbitrary: blanks },
      { weight: 1, arbitrary: fc.constantFrom(...ADDRESSES) },
      { weight: 1, arbitrary: fc.constantFrom(...IDENTIFIERS) },
      { weight: 1, arbitrary: fc.constantFrom('2024-12-31', '12/31/2024', '10:30pm', '3,5', '42') },
      {
        weight: 1,
        arbitrary: fc.constantFrom('.', ',', ': ', '!', '👩‍👩‍👧', 'e\u0301', '\u0301', '\ud800', "'"),
      },
      { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 6 }) },
    ),
    { maxLength: 24 },
  )
  .map((parts) => parts.join(''))
