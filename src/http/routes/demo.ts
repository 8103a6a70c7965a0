import { TRIAGE_RUN_ID } from '../../engine/demo/demo-run.ts'
import { seedTriageInbox } from '../../engine/demo/triage-inbox.ts'
import { AppError } from '../../lib/errors.ts'
import { contextFor } from '../authenticate.ts'
import { errors, type Routes } from '../route.ts'

export const demoRoutes: Routes = (app, http) => {
  app.post(
    '/v1/demo/triage_inbox/reset-seed',
    { schema: { tags: ['demo'], summary: 'Seed the demo run (development only)', response: errors(404) } },
    async (request, reply) => {
      if (http.production) {
        throw new AppError({
          code: 'NOT_FOUND',
          status: 404,
          message: 'the demo exists outside production only',
        })
      }
      const { eventIds } = await seedTriageInbox(contextFor(request, http))
      return reply.send({
        status: 'seeded',
        workflow: 'triage_inbox',
        run_id: TRIAGE_RUN_ID,
        event_count: eventIds.length,
        seeded_event_ids: eventIds,
      } as never)
    },
  )
}
