import { text } from '../text.ts'
import { DataText } from './data-text.tsx'
import { Fact, Facts, Fold } from './facts.tsx'
import { JsonText } from './json-text.tsx'

/** A JSON Schema by its members, and as the JSON it is. */
export function SchemaTable({ schema }: { schema: Record<string, unknown> }) {
  const { schemaTable } = text
  const { properties, required } = schema
  const members = typeof properties === 'object' && properties !== null ? Object.entries(properties) : []
  const needed = Array.isArray(required) ? required : []
  return (
    <>
      {members.length === 0 && <p className="text-muted">{schemaTable.nothing}</p>}
      <Facts>
        {members.slice(0, 100).map(([name, member]) => (
          <Fact key={name} term={<DataText value={name} fold={60} />}>
            <span className="data">{sayType(member)}</span>
            {needed.includes(name) && <span className="text-13 text-muted">, {schemaTable.required}</span>}
            {describe(member) !== null && (
              <p className="text-13 text-muted">
                <DataText value={describe(member)!} plain />
              </p>
            )}
          </Fact>
        ))}
      </Facts>
      <Fold summary={schemaTable.json}>
        <JsonText value={schema} />
      </Fold>
    </>
  )
}

function sayType(schema: unknown): string {
  const { type, enum: choices, items, const: only } = (schema ?? {}) as Record<string, unknown>
  if (Array.isArray(choices))
    return choices
      .slice(0, 12)
      .map((choice) => JSON.stringify(choice))
      .join(' | ')
  if (only !== undefined) return JSON.stringify(only)
  if (type === 'array') return `${sayType(items)}[]`
  if (Array.isArray(type)) return type.join(' | ')
  return typeof type === 'string' ? type : text.schemaTable.anything
}

function describe(schema: unknown): string | null {
  const { description } = (schema ?? {}) as Record<string, unknown>
  return typeof description === 'string' && description !== '' ? description : null
}
