import type { User } from '../../identity/schema.ts'
import { text } from '../text.ts'
import { CopyButton } from '../ui/copy-button.tsx'
import { DataText } from '../ui/data-text.tsx'
import { Fact, Facts } from '../ui/facts.tsx'
import { IdText } from '../ui/id-text.tsx'
import { RelativeTime } from '../ui/relative-time.tsx'

const words = text.profile

/** One person as a receipt; the same for oneself and for others. */
export function UserFacts({ user }: { user: User }) {
  return (
    <Facts>
      <Fact term={words.email}>
        <DataText value={user.email} />
      </Fact>
      <Fact term={words.role}>
        {text.roles[user.role]}
        <span className="text-muted">: {words.roleMay[user.role]}</span>
      </Fact>
      <Fact term={words.tenant}>
        <IdText id={user.tenant_id} copy={user.tenant_id} />
      </Fact>
      {user.logline_id && (
        <Fact term={<span title={words.loglineHint}>{words.logline}</span>}>
          <span className="flex items-center gap-1">
            <DataText value={user.logline_id} />
            <CopyButton value={user.logline_id} what={words.logline} />
          </span>
        </Fact>
      )}
      <Fact term={words.since}>
        <RelativeTime iso={user.created_at} />
      </Fact>
    </Facts>
  )
}
