import { z } from 'zod'
import { authorizePurchase } from '../../engine/purchase/authorize-purchase.ts'
import { AuthorizeActionInput } from '../../engine/purchase/schema.ts'
import { AUTHORIZE_ACTION_VOCABULARY } from '../../engine/purchase/vocabulary.ts'
import { askGate } from '../authenticate.ts'
import { errors, type Routes } from '../route.ts'

const Authorized = z.object({
  decision_id: z.string(),
  state: z.enum(['allow', 'requires_approval', 'deny']),
  reason_code: z.string(),
  reason: z.string(),
  run_id: z.string(),
  payload_sha256: z.string(),
  policy_sha256: z.string(),
  execution_id: z.string().optional(),
})

export const authorizeRoutes: Routes = (app, http) => {
  app.post(
    '/v1/mcp/authorize_action',
    {
      config: { vocabulary: AUTHORIZE_ACTION_VOCABULARY, asksGate: true },
      schema: {
        tags: ['gate'],
        summary: 'Ask before acting: allowed, denied, or to be approved by a human',
        body: AuthorizeActionInput,
        response: { 200: Authorized, ...errors(422, 500) },
      },
    },
    (request) => askGate(request, http, (context) => authorizePurchase(context, request.body)),
  )
}
