import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Download } from 'lucide-react'
import { installationQuery } from '../api/queries.ts'
import { text } from '../text.ts'
import { Button } from '../ui/button.tsx'
import { ErrorNote } from '../ui/error-note.tsx'
import { type AuditSearch, queryOf } from './audit-search.ts'

const words = text.audit

/** Everything that fits the filters, as a file. The browser writes it while it comes, so that a long log fills no memory. */
export function AuditExport({ search }: { search: AuditSearch }) {
  const client = useQueryClient()
  const save = useMutation({
    mutationFn: async (format: 'csv' | 'ndjson') => {
      // A download cannot renew a session that has run out: this does.
      await client.fetchQuery({ ...installationQuery, staleTime: 0 })
      const link = document.createElement('a')
      link.href = `/api/v1/audit/logs/export${queryOf(search, { format })}`
      link.download = `audit-logs.${format}`
      link.click()
    },
  })
  return (
    <>
      <Button icon={Download} onClick={() => save.mutate('csv')}>
        {words.exportCsv}
      </Button>
      <Button icon={Download} onClick={() => save.mutate('ndjson')}>
        {words.exportNdjson}
      </Button>
      {save.isError && (
        <div className="basis-full">
          <ErrorNote error={save.error} />
        </div>
      )}
    </>
  )
}
