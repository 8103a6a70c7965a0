import { queryOptions } from '@tanstack/react-query'
import { listApiKeys, listSessions, readUser } from './people-client.ts'

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
