import { queryOptions } from '@tanstack/react-query'
import {
  listApiKeys,
  listInvitations,
  listMembers,
  listSessions,
  listTenantKeys,
  readUser,
} from './people-client.ts'

/** What is the reader's own begins with `account`, what is their tenant's with `members`. */
export const userQuery = queryOptions({
  queryKey: ['account', 'user'],
  queryFn: ({ signal }) => readUser({ signal }),
})

export const sessionsQuery = queryOptions({
  queryKey: ['account', 'sessions'],
  queryFn: ({ signal }) => listSessions({ signal }),
})

export const apiKeysQuery = queryOptions({
  queryKey: ['account', 'api-keys'],
  queryFn: ({ signal }) => listApiKeys({ signal }),
})

export const membersQuery = queryOptions({
  queryKey: ['members', 'people'],
  queryFn: ({ signal }) => listMembers({ signal }),
})

export const invitationsQuery = queryOptions({
  queryKey: ['members', 'invitations'],
  queryFn: ({ signal }) => listInvitations({ signal }),
})

export const tenantKeysQuery = queryOptions({
  queryKey: ['members', 'api-keys'],
  queryFn: ({ signal }) => listTenantKeys({ signal }),
})
