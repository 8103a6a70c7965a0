import { z } from 'zod'
import { TRIAGE_RUN_ID } from '../../engine/demo/demo-run.ts'
import { seedTriageInbox } from '../../engine/demo/triage-inbox.ts'
import { AppError } from '../../lib/errors.ts'
import { contextFor } from '../authenticate.ts'
import { errors, type Routes } from '../route.ts'

const Seeded = z.object({
  status: z.literal('seeded'),
  workflow: z.literal('triage_inbox'),
  run_id: z.string(),
  event_count: z.number(),
  seeded_event_ids: z.array(z.string()),
})

export const demoRoutes: Routes = (app, http) => {
  app.post(
    '/v1/demo/triage_inbox/reset-seed',
    {
      schema: {
        tags: ['demo'],
        summary: 'Seed the demo run (development only)',
        response: { 200: Seeded, ...errors(404) },
      },
    },
    async (request) => {
      if (http.production) {
        throw new AppError({
          code: 'NOT_FOUND',
          status: 404,
          message: 'the demo exists outside production only',
        })
      }
      const { eventIds } = await seedTriageInbox(contextFor(request, http))
      return {
        status: 'seeded' as const,
        workflow: 'triage_inbox' as const,
        run_id: TRIAGE_RUN_ID,
        event_count: eventIds.length,
        seeded_event_ids: eventIds,
      }
    },
  )
}
