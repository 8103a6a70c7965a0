import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { ArrowLeft } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { faultAt } from '../api/api-error.ts'
import { createApiKey } from '../api/people-client.ts'
import { apiKeysQuery } from '../api/people-queries.ts'
import { serverNow } from '../api/server-clock.ts'
import { ActionFailed } from '../runs/action-failed.tsx'
import { text } from '../text.ts'
import { Button } from '../ui/button.tsx'
import { CopyLink } from '../ui/copy-button.tsx'
import { makeCurl } from '../ui/make-curl.ts'
import { useTitle } from '../ui/use-title.ts'
import { hasDay, inputOf, NEW_KEY } from './key-draft.ts'
import { KeyFields } from './key-fields.tsx'
import { MadeKey } from './made-key.tsx'

const words = text.newKey

/** Making a key, which then stands here once. */
export function NewKeyPage() {
  useTitle(words.title)
  const client = useQueryClient()
  const [draft, setDraft] = useState(NEW_KEY)
  const [wasTried, setTried] = useState(false)
  const create = useMutation({
    mutationFn: createApiKey,
    // The key is not kept in memory once this page is left.
    gcTime: 0,
    onSuccess: () => client.invalidateQueries({ queryKey: apiKeysQuery.queryKey }),
  })
  const faults = {
    name: faultAt(create.error, 'name'),
    permissions: wasTried && draft.permissions.length === 0 ? words.permissionMissing : undefined,
    day: wasTried && !hasDay(draft, serverNow()) ? words.dayMissing : faultAt(create.error, 'expires_at'),
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    const now = serverNow()
    if (draft.permissions.length > 0 && hasDay(draft, now)) create.mutate(inputOf(draft, now))
  }
  const isToldAtFields = faults.name !== undefined || faults.day !== undefined
  return (
    <div className="h-full overflow-y-auto">
      <div className="max-w-160 space-y-4 p-4">
        <header>
          <Link to="/account/keys" className="inline-flex items-center gap-1 text-13 text-accent">
            <ArrowLeft size={14} aria-hidden="true" />
            {text.keys.back}
          </Link>
          <h1 className="mt-1 text-16 font-semibold">{words.title}</h1>
          {!create.data && <p className="text-muted">{words.body}</p>}
        </header>
        {create.data ? (
          <MadeKey made={create.data} />
        ) : (
          <form onSubmit={submit} noValidate aria-label={words.title} className="space-y-4">
            <KeyFields draft={draft} onChange={setDraft} faults={faults} />
            {create.isError && !isToldAtFields && (
              <ActionFailed error={create.error} refused={words.notMade} unanswered={text.account.noAnswer} />
            )}
            <div className="flex flex-wrap items-center gap-4">
              <Button type="submit" tone="accent" disabled={create.isPending}>
                {create.isPending ? words.busy : words.send}
              </Button>
              <CopyLink
                value={() =>
                  makeCurl({
                    path: '/api/v1/auth/api-keys',
                    needsKey: true,
                    needsSession: true,
                    body: inputOf(hasDay(draft, serverNow()) ? draft : NEW_KEY, serverNow()),
                  })
                }
              >
                {text.run.copyCurl}
              </CopyLink>
            </div>
          </form>
        )}
      </div>
    </div>
  )
}
