import { text } from '../text.ts'
import { DataText } from '../ui/data-text.tsx'
import { Fact, Facts, Fold } from '../ui/facts.tsx'
import { JsonText } from '../ui/json-text.tsx'
import { listPayloadRows, type Payload } from './describe-payload.ts'

/** The payload as a table, and as the JSON it is. */
export function PayloadView({ action, payload }: { action: string | null; payload: Payload | null }) {
  if (payload === null) return <p className="max-w-[80ch] text-14 text-wait">{text.card.noPayload}</p>
  const { rows, more } = listPayloadRows(payload)
  return (
    <>
      <Facts>
        {action !== null && (
          <Fact term={text.card.action}>
            <DataText value={action} />
          </Fact>
        )}
        {rows.map(({ path, value, isLiteral }) => (
          <Fact key={path} term={<DataText value={path} fold={60} />}>
            {value === '' ? (
              <span className="text-muted">{text.common.emptyText}</span>
            ) : (
              <DataText value={value} plain={!isLiteral} />
            )}
          </Fact>
        ))}
      </Facts>
      {more > 0 && <p className="mt-1 text-13 text-wait">{text.card.more(more)}</p>}
      <Fold summary={text.card.asJson}>
        <JsonText value={payload} />
      </Fold>
    </>
  )
}
