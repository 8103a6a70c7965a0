import { z } from 'zod'
import { requireOperator } from '../../identity/authorize-access.ts'
import { recordAudit } from '../../kernel/audit/record-audit.ts'
import { contextFor } from '../authenticate.ts'
import type { Routes } from '../route.ts'

export const tokenRoutes: Routes = (app, http) => {
  app.post(
    '/api/v1/tokens/rotate',
    {
      schema: {
        tags: ['tokens'],
        summary: 'Sign execution tokens with a new key; the old one verifies for another day',
        response: { 200: z.object({ kid: z.string(), retired: z.string() }) },
      },
    },
    async (request) => {
      requireOperator(request.principal!)
      const rotated = await http.kernel.tokenKeys.rotate()
      await recordAudit(contextFor(request, http), {
        action: 'update',
        resourceType: 'token_key',
        resourceId: rotated.kid,
        changes: { retired: rotated.retired },
      })
      return rotated
    },
  )
}
