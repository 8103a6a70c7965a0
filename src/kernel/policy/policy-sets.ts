import type { Clock } from '../../lib/clock.ts'
import { AppError } from '../../lib/errors.ts'
import type { Logger } from '../../lib/logger.ts'
import { shareTenantReads } from '../../lib/share-reads.ts'
import type { Database, Session } from '../../store/database.ts'
import { type CompiledPolicySet, compilePolicies } from './compile-policies.ts'
import { holdForChange, holdPolicies, listPolicies } from './policy-rows.ts'
import type { CompilablePolicy } from './schema.ts'

type Execution = { id: string; status: string }

/** The policies in force, compiled, for each tenant. */
export type PolicySets = {
  /**
   * What must be known before a decision, in one round trip: the policies of now, whether it ran already, and where the
   * tenant's credentials stand.
   */
  readGate(
    tenantId: string,
    decisionId: string,
  ): Promise<{ policySet: CompiledPolicySet; execution: Execution | null; credentialRevision: number }>
  current(tenantId: string): Promise<CompiledPolicySet>
  /** The policies of now, which stay those until the transaction ends: a change waits for it, or it for the change. */
  hold(session: Session, tenantId: string): Promise<CompiledPolicySet>
  /** The same for a transaction that changes them. */
  holdForChange(session: Session, tenantId: string): Promise<CompiledPolicySet>
}

type Loaded = { revision: string; set: CompiledPolicySet }

type GateRow = {
  revision: string
  credential_revision: number
  effect_id: string | null
  effect_status: string
}

const READ_GATE = 'SELECT revision, credential_revision, effect_id, effect_status FROM read_gate($1, $2)'

/**
 * Keeps each tenant's set until its revision moves, which every process sees with its next decision. When the new one
 * cannot be loaded nothing is decided: the old one may lack the very deny that was just added.
 */
export function createPolicySets(
  database: Database,
  builtIn: CompilablePolicy[],
  clock: Clock,
  log: Logger,
): PolicySets {
  const loaded = new Map<string, Loaded>()

  /** Compiles what the session sees, and writes it down for exports and audits. */
  async function compile(session: Session, tenantId: string): Promise<CompiledPolicySet> {
    const written = (await listPolicies(session, tenantId)).filter(({ enabled }) => enabled)
    const compiled = compilePolicies(
      [...builtIn, ...written.filter(({ mode }) => mode === 'enforce')],
      written.filter(({ mode }) => mode === 'shadow'),
    )
    await session.query(
      `INSERT INTO policy_sets (tenant_id, policy_sha256, policies, first_used_at) VALUES ($1, $2, $3, $4)
       ON CONFLICT DO NOTHING`,
      [tenantId, compiled.version, JSON.stringify(compiled.policies), new Date(clock.now())],
    )
    return compiled
  }

  async function load(
    tenantId: string,
    revision: string,
    compileSet: () => Promise<CompiledPolicySet>,
  ): Promise<CompiledPolicySet> {
    const known = loaded.get(tenantId)
    if (known?.revision === revision) return known.set
    try {
      return await compileSet()
    } catch (error) {
      log.error({ tenant_id: tenantId, error: (error as Error).message }, 'policies could not be loaded')
      const message = 'the policies could not be loaded, so nothing is decided; the log says why'
      throw new AppError({
        code: 'POLICY_SET_UNAVAILABLE',
        status: 503,
        message,
        details: [{ path: 'policy', message, type: 'internal_error', code: 'POLICY_SET_UNAVAILABLE' }],
        cause: error,
      })
    }
  }

  const readGate: PolicySets['readGate'] = async (tenantId, decisionId) => {
    const [gate] = await database.statement<GateRow>(READ_GATE, [tenantId, decisionId], 'read_gate')
    const { revision, credential_revision: credentialRevision, effect_id: id, effect_status: status } = gate!
    const policySet = await load(tenantId, revision, async () => {
      const set = await database.transaction(tenantId, (session) => compile(session, tenantId))
      loaded.set(tenantId, { revision, set })
      return set
    })
    return { policySet, execution: id === null ? null : { id, status }, credentialRevision }
  }
  // Who asks while the policies are being read shares the next read: no answer is older than its question.
  const readSet = shareTenantReads(
    async (tenantId) => new Map([['', (await readGate(tenantId, '')).policySet]]),
  )
  async function readHeld(session: Session, tenantId: string): Promise<CompiledPolicySet> {
    const [gate] = await session.query<GateRow>(READ_GATE, [tenantId, ''])
    // Not kept: the transaction may end in a refusal, and what it wrote down would be gone.
    return load(tenantId, gate!.revision, () => compile(session, tenantId))
  }
  return {
    readGate,
    current: async (tenantId) => (await readSet(tenantId, ''))!,
    async hold(session, tenantId) {
      await holdPolicies(session, tenantId)
      return readHeld(session, tenantId)
    },
    async holdForChange(session, tenantId) {
      await holdForChange(session, tenantId)
      return readHeld(session, tenantId)
    },
  }
}
