import { z } from 'zod'
import { requirePerson, requireRole } from '../../identity/authorize-access.ts'
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
      requirePerson(request.principal!)
      requireRole(request.principal!, ['admin'])
      return kernel.tokenKeys.rotate()
    },
  )
}
