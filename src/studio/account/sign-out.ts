import { logoutUser } from '../api/people-client.ts'

/** Loaded anew, so that nothing read for this person stays in memory; who is nobody now is asked to sign in. */
export async function signOut(): Promise<void> {
  await logoutUser().catch(() => {})
  location.assign('/studio/')
}
