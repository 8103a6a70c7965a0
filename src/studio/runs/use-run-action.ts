import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { Run } from '../../engine/runs/schema.ts'

/** Something done to a run; whatever came of it, the run is looked at again. */
export function useRunAction<T>(
  runId: string,
  act: (argument: T) => Promise<Run>,
  onDone?: (run: Run) => void,
) {
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn: act,
    onSuccess: (run) => onDone?.(run),
    onSettled: () =>
      Promise.all(
        [['run', runId], ['runs'], ['approvals']].map((queryKey) =>
          queryClient.invalidateQueries({ queryKey }),
        ),
      ),
  })
}
