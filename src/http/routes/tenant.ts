import { z } from 'zod'
import { changeRole } from '../../identity/change-role.ts'
import { createInvitation } from '../../identity/create-invitation.ts'
import { listInvitations } from '../../identity/list-invitations.ts'
import { listMembers } from '../../identity/list-members.ts'
import { listTenantKeys } from '../../identity/list-tenant-keys.ts'
import { revokeInvitation } from '../../identity/revoke-invitation.ts'
import {
  Invitation,
  InvitationCreated,
  InvitationInput,
  MemberChange,
  TenantApiKey,
  User,
} from '../../identity/schema.ts'
import { clientOf } from '../client-of.ts'
import { errors, type Routes } from '../route.ts'

const tags = ['identity']
const params = z.object({ id: z.string() })

/** The people of a tenant, and who may join them. */
export const tenantRoutes: Routes = (app, http) => {
  const { identity } = http
  app.post(
    '/api/v1/auth/invitations',
    {
      config: { credential: true },
      schema: {
        tags,
        summary: 'Invite somebody into my tenant; the token is shown this once',
        body: InvitationInput,
        response: { 201: InvitationCreated, ...errors(401, 403, 422) },
      },
    },
    async (request, reply) => {
      const created = await createInvitation(identity, request.principal!, request.body, clientOf(request))
      return reply.code(201).send(created)
    },
  )

  app.get(
    '/api/v1/auth/invitations',
    {
      config: { credential: true },
      schema: {
        tags,
        summary: 'Invitations into my tenant',
        response: { 200: z.object({ invitations: z.array(Invitation) }), ...errors(401, 403) },
      },
    },
    async (request) => ({ invitations: await listInvitations(identity, request.principal!) }),
  )

  app.post(
    '/api/v1/auth/invitations/:id/revoke',
    {
      config: { credential: true },
      schema: {
        tags,
        summary: 'Take an invitation back, at once',
        params,
        response: { 200: Invitation, ...errors(401, 403, 404, 409) },
      },
    },
    (request) => revokeInvitation(identity, request.principal!, request.params.id, clientOf(request)),
  )

  app.get(
    '/api/v1/tenant/members',
    {
      config: { credential: true },
      schema: {
        tags,
        summary: 'The people of my tenant',
        response: { 200: z.object({ members: z.array(User) }), ...errors(401, 403) },
      },
    },
    async (request) => ({ members: await listMembers(identity, request.principal!) }),
  )

  app.patch(
    '/api/v1/tenant/members/:id',
    {
      config: { credential: true },
      schema: {
        tags,
        summary: 'Give a member another role',
        params,
        body: MemberChange,
        response: { 200: User, ...errors(401, 403, 404, 409, 422) },
      },
    },
    async (request) => {
      const { principal, params, body } = request
      return changeRole(identity, principal!, params.id, body.role, clientOf(request))
    },
  )

  app.get(
    '/api/v1/tenant/api-keys',
    {
      config: { credential: true },
      schema: {
        tags,
        summary: 'The API keys of my tenant, and whose they are',
        response: { 200: z.object({ api_keys: z.array(TenantApiKey) }), ...errors(401, 403) },
      },
    },
    async (request) => ({ api_keys: await listTenantKeys(identity, request.principal!) }),
  )
}
