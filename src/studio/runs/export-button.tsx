import { useMutation } from '@tanstack/react-query'
import { Download } from 'lucide-react'
import { exportRun } from '../api/client.ts'
import { text } from '../text.ts'
import { Button } from '../ui/button.tsx'
import { ErrorNote } from '../ui/error-note.tsx'

/** Saves the bundle that anybody can verify offline. */
export function ExportButton({ runId }: { runId: string }) {
  const save = useMutation({
    mutationFn: () => exportRun(runId),
    onSuccess: (bundle) => saveFile(bundle, `${runId.replace(/[^\w.-]+/g, '_').slice(0, 80)}.bundle.ndjson`),
  })
  return (
    <>
      <Button icon={Download} disabled={save.isPending} onClick={() => save.mutate()}>
        {save.isPending ? text.run.exporting : text.run.exportBundle}
      </Button>
      {save.isError && (
        <div className="basis-full">
          <ErrorNote error={save.error} />
        </div>
      )}
    </>
  )
}

function saveFile(content: string, name: string): void {
  const url = URL.createObjectURL(new Blob([content], { type: 'application/x-ndjson' }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  URL.revokeObjectURL(url)
}
