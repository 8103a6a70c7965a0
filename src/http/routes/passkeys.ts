import { z } from 'zod'
import { beginRegistration } from '../../identity/passkeys/begin-registration.ts'
import { deletePasskey } from '../../identity/passkeys/delete-passkey.ts'
import { listPasskeys } from '../../identity/passkeys/list-passkeys.ts'
import { registerPasskey } from '../../identity/passkeys/register-passkey.ts'
import { renamePasskey } from '../../identity/passkeys/rename-passkey.ts'
import {
  Passkey,
  PasskeyChange,
  PasskeyList,
  PasskeyOptions,
  PasskeyRegistration,
  PasskeyStart,
} from '../../identity/passkeys/schema.ts'
import { contextFor } from '../authenticate.ts'
import { partyOf } from '../authenticate-freshly.ts'
import { proveAnew } from '../prove-anew.ts'
import { errors, type Routes } from '../route.ts'

const PATH = '/api/v1/auth/passkeys'
const Params = z.object({ id: z.string() })
const tags = ['identity']

/** The passkeys of whoever is signed in. */
export const passkeyRoutes: Routes = (app, http) => {
  const { identity } = http

  app.post(
    `${PATH}/options`,
    {
      config: { credential: true },
      schema: {
        tags,
        summary: 'Begin to make a passkey: what navigator.credentials.create wants to know, for my password',
        body: PasskeyStart,
        response: { 200: PasskeyOptions, ...errors(401, 403, 409, 422, 429) },
      },
    },
    async (request) => {
      const about = { resourceType: 'passkey', resourceId: null }
      const options = await proveAnew(request, { http, method: 'password', about }, () =>
        beginRegistration(identity, request.principal!, partyOf(request, http), request.body.password),
      )
      return { ...options }
    },
  )

  app.post(
    PATH,
    {
      config: { credential: true },
      schema: {
        tags,
        summary: 'Register the passkey that was made; what was begun is over with it, or five minutes later',
        body: PasskeyRegistration,
        response: { 201: Passkey, ...errors(401, 403, 409, 422) },
      },
    },
    async (request, reply) => {
      const passkey = await registerPasskey(contextFor(request, http), partyOf(request, http), request.body)
      return reply.code(201).send(passkey)
    },
  )

  app.get(
    PATH,
    {
      config: { credential: true },
      schema: { tags, summary: 'My passkeys', response: { 200: PasskeyList, ...errors(401, 403) } },
    },
    async (request) => ({ passkeys: await listPasskeys(identity, request.principal!) }),
  )

  app.patch(
    `${PATH}/:id`,
    {
      config: { credential: true },
      schema: {
        tags,
        summary: 'Give a passkey of mine another name',
        params: Params,
        body: PasskeyChange,
        response: { 200: Passkey, ...errors(401, 403, 404, 422) },
      },
    },
    (request) => renamePasskey(contextFor(request, http), request.params.id, request.body.name),
  )

  app.delete(
    `${PATH}/:id`,
    {
      config: { credential: true },
      schema: {
        tags,
        summary: 'Remove a passkey of mine; what it signed stays proved',
        params: Params,
        response: { 200: Passkey, ...errors(401, 403, 404) },
      },
    },
    (request) => deletePasskey(contextFor(request, http), request.params.id),
  )
}
