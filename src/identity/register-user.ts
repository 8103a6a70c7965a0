import { describeChanges } from '../kernel/audit/describe-changes.ts'
import { DEFAULT_TENANT } from '../kernel/schema.ts'
import { newId } from '../lib/ids.ts'
import type { Session } from '../store/database.ts'
import { acceptInvitation, findInvitation, type OpenInvitation } from './accept-invitation.ts'
import { changeWithAudit, personOf } from './change-with-audit.ts'
import type { Identity } from './context.ts'
import { findAccount } from './find-account.ts'
import {
  emailTaken,
  hasUsers,
  insertUser,
  isFirstUser,
  type NewUser,
  type Place,
  tellTakenEmail,
} from './insert-user.ts'
import {
  answerSession,
  type Client,
  type OpenedSession,
  openSession,
  UNKNOWN_CLIENT,
} from './open-session.ts'
import type { RegisterInput, SessionAnswer } from './schema.ts'
import { presentUser } from './user-row.ts'

/**
 * Registers a user and signs them in. The first one of an installation becomes the administrator of the default
 * tenant; everybody later gets the role `user` and a tenant of their own, unless an invitation says otherwise.
 *
 * @throws AppError EMAIL_TAKEN; INVITATION_INVALID; RATE_LIMITED when too many passwords are being hashed.
 */
export async function registerUser(
  identity: Identity,
  input: RegisterInput,
  client: Client = UNKNOWN_CLIENT,
): Promise<SessionAnswer> {
  if (await findAccount(identity, input.email)) throw emailTaken()
  // Before anything is hashed, and once more when the account is written.
  const invitation =
    input.invitation_token === undefined
      ? null
      : await findInvitation(identity, input.invitation_token, input.email)
  const passwordHash = await identity.passwords.hashPassword(input.password)
  const newUser = { email: input.email, name: input.name, passwordHash }
  return answerSession(identity, await enterUser(identity, newUser, client, { invitation }))
}

/**
 * Writes a new account where it belongs, and opens its first session: in the tenant that invited, in the default one as
 * its administrator when nobody has an account yet, else at its place or in a tenant of its own.
 *
 * @throws AppError EMAIL_TAKEN; INVITATION_INVALID.
 */
export async function enterUser(
  identity: Identity,
  newUser: NewUser,
  client: Client,
  { invitation = null, place = null }: { invitation?: OpenInvitation | null; place?: Place | null },
  alongside: (transaction: Session, opened: OpenedSession) => Promise<void> = async () => {},
): Promise<OpenedSession> {
  const { database } = identity
  const enterAt = (
    tenantId: string,
    findPlace: (transaction: Session) => Promise<Place | null> | Place | null,
  ): Promise<OpenedSession | null> =>
    changeWithAudit(identity, tenantId, client, async (transaction, audit) => {
      const place = await findPlace(transaction)
      if (!place) return null
      const user = await insertUser(identity, transaction, newUser, place)
      const opened = await openSession(identity, transaction, user, client)
      await alongside(transaction, opened)
      await audit(personOf(user.id), {
        action: 'create',
        resourceType: 'user',
        resourceId: user.id,
        changes: describeChanges(null, presentUser(user), { told: ['name', 'role'] }),
      })
      return opened
    })
  try {
    if (invitation) {
      return (await enterAt(invitation.tenantId, async (transaction) => ({
        ...invitation,
        invitedBy: await acceptInvitation(identity, transaction, invitation),
      })))!
    }
    const first = (await hasUsers(database.statement))
      ? null
      : await enterAt(DEFAULT_TENANT, async (transaction) =>
          (await isFirstUser(transaction)) ? { tenantId: DEFAULT_TENANT, role: 'admin' } : null,
        )
    if (first) return first
    const own: Place = place ?? { tenantId: newId('ten'), role: 'user' }
    return (await enterAt(own.tenantId, () => own))!
  } catch (error) {
    throw tellTakenEmail(error)
  }
}
