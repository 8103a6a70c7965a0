import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { ApiKey } from '../../identity/schema.ts'
import { text } from '../text.ts'
import { DataText } from '../ui/data-text.tsx'
import { Fact, Facts } from '../ui/facts.tsx'
import { formatDay } from '../ui/format-time.ts'
import { IdText } from '../ui/id-text.tsx'
import { RelativeTime } from '../ui/relative-time.tsx'
import { KeyStateMark, stateOfKey } from './key-state.tsx'

const words = text.keys

/** What a key may do and how it was used; its secret stands nowhere. */
export function KeyDetail({ apiKey, owner }: { apiKey: ApiKey; owner?: ReactNode }) {
  const { id, name, prefix, permissions, policies } = apiKey
  return (
    <article className="space-y-3">
      <h2 className="text-20 font-semibold">
        <DataText value={name} plain fold={120} />
      </h2>
      <KeyStateMark state={stateOfKey(apiKey)} />
      <Facts>
        {owner && <Fact term={words.owner}>{owner}</Fact>}
        <Fact term={words.prefix}>
          <DataText value={`${prefix}…`} />
        </Fact>
        <Fact term={words.permissions}>
          {permissions.map((permission) => words.permission[permission]).join(', ')}
        </Fact>
        <Fact term={words.policies}>
          {policies.length === 0 && words.noPolicies}
          {policies.map((policyId) => (
            <Link
              key={policyId}
              to="/policies/$policyId"
              params={{ policyId }}
              className="mr-3 text-accent underline underline-offset-2"
            >
              <IdText id={policyId} />
            </Link>
          ))}
        </Fact>
        <Fact term={words.created}>
          <RelativeTime iso={apiKey.created_at} />
        </Fact>
        <Fact term={words.expires}>
          {apiKey.expires_at ? (
            <>
              {formatDay(apiKey.expires_at)}, <RelativeTime iso={apiKey.expires_at} />
            </>
          ) : (
            words.noEnd
          )}
        </Fact>
        <Fact term={words.lastUsed}>
          {apiKey.last_used_at ? <RelativeTime iso={apiKey.last_used_at} /> : words.neverUsed}
        </Fact>
        {apiKey.revoked_at && (
          <Fact term={words.revoked}>
            <RelativeTime iso={apiKey.revoked_at} />
          </Fact>
        )}
        <Fact term={words.id}>
          <IdText id={id} copy={words.id} />
        </Fact>
      </Facts>
    </article>
  )
}
