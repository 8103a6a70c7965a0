import type { Config } from '../config.ts'
import { resolveAndContinue } from '../engine/demo/resolve-and-continue.ts'
import { askServerOrFolder } from './ask-server-or-folder.ts'
import { CommandError } from './command-error.ts'

/** Approves or rejects at the command line: the same function as in the Studio and over the API. */
export async function resolvePending(
  config: Config,
  decisionId: string,
  verb: 'approve' | 'reject',
  { as, reason }: { as: string; reason?: string },
): Promise<void> {
  if (verb === 'reject' && !reason?.trim()) throw new CommandError('say why: a rejection needs --reason')
  const body = {
    decision: verb === 'approve' ? ('approved' as const) : ('rejected' as const),
    approver_id: as,
    ...(reason && { reason }),
  }
  const path = `/v1/approvals/decisions/${encodeURIComponent(decisionId)}`
  const answer = await askServerOrFolder(config, { method: 'POST', path, body }, async (context) => {
    const { resolution } = await resolveAndContinue(context, { decisionId }, body)
    const { resolved, votes, requiredApprovals } = resolution
    return JSON.stringify({
      status: resolved ? 'resolved' : 'vote_recorded',
      votes,
      required_approvals: requiredApprovals,
    })
  })
  if (answer === null) throw new CommandError(`nobody asked for an approval of decision '${decisionId}'`)
  const { status, votes, required_approvals: needed } = JSON.parse(answer)
  console.log(
    status === 'resolved'
      ? `${decisionId} is ${body.decision}.`
      : `${decisionId} has ${votes} of ${needed} approvals.`,
  )
}
