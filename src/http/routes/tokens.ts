import { z } from 'zod'
import { requireOperator } from '../../identity/authorize-access.ts'
import type { Routes } from '../route.ts'

export const tokenRoutes: Routes = (app, { kernel }) => {
  app.post(
    '/api/v1/tokens/rotate',
    {
      schema: {
        tags: ['tokens'],
        summary: 'Sign execution tokens with a new key; the old one verifies for another day',
        response: { 200: z.object({ kid: z.string(), retired: z.string() }) },
      },
    },
    (request) => {
      requireOperator(request.principal!)
      return kernel.tokenKeys.rotate()
    },
  )
}
