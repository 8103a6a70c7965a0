import { useQuery } from '@tanstack/react-query'
import type { User } from '../../identity/schema.ts'
import { installationQuery } from '../api/queries.ts'
import { requestJson } from '../api/request.ts'

/** Names of the people of the tenant by their id; the local administrator has no colleagues. */
export type People = ReadonlyMap<string, string>

export function usePeople(): People {
  const isUser = useQuery(installationQuery).data?.principal?.kind === 'user'
  const { data } = useQuery({
    queryKey: ['members', 'names'],
    queryFn: ({ signal }) => requestJson<{ members: User[] }>('/api/v1/tenant/members', { signal }),
    enabled: isUser,
    staleTime: 60_000,
  })
  return new Map(data?.members.map(({ id, name, email }) => [id, name || email]))
}

/** A principal by the name of the person, where it is one that is known. */
export const nameOf = (people: People, actor: string): string =>
  people.get(actor.replace(/^user:/, '')) ?? actor
