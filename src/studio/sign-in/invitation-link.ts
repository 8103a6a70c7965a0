/** What a link of an invitation carries. */
export type InvitationLink = { token: string; email: string }

/** Behind the `#`, which browsers keep to themselves: the token stands in no server's log. */
export function makeInvitationLink({ token, email }: InvitationLink): string {
  return `${location.origin}/studio/register#${new URLSearchParams({ invitation: token, email })}`
}

export function readInvitation(hash: string): InvitationLink | null {
  const values = new URLSearchParams(hash.replace(/^#/, ''))
  const token = values.get('invitation')
  return token ? { token, email: values.get('email') ?? '' } : null
}
