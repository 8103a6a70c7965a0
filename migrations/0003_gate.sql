-- Policies in the DSL. A global one belongs to the tenant of the installation's administrator and is read by every tenant.
CREATE TABLE policies (
  tenant_id text COLLATE "C" NOT NULL CHECK (tenant_id <> ''),
  id text COLLATE "C" NOT NULL,
  name text NOT NULL,
  description text,
  scope text NOT NULL CHECK (scope IN ('global', 'tenant', 'app', 'tool', 'workflow', 'agent')),
  scope_id text,
  rule_expr jsonb NOT NULL,
  effect text NOT NULL CHECK (effect IN ('allow', 'deny', 'require_approval', 'modify')),
  priority integer NOT NULL,
  enabled boolean NOT NULL,
  reason_code text,
  version integer NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  created_by text NOT NULL,
  updated_by text NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
-- A number that moves with every change of a tenant's policies, so that any process notices that its compiled set is old.
-- The row of tenant '*' stands for the global ones.
CREATE TABLE policy_revisions (
  tenant_id text COLLATE "C" PRIMARY KEY CHECK (tenant_id <> ''),
  revision bigint NOT NULL
);
-- Every policy set a decision was made under, by its hash, for exports and audits.
CREATE TABLE policy_sets (
  tenant_id text COLLATE "C" NOT NULL CHECK (tenant_id <> ''),
  policy_sha256 text NOT NULL,
  policies jsonb NOT NULL,
  first_used_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, policy_sha256)
);

-- What resolve_approval has authority over. A gate that only a raw event opened has no row until a principal resolves it.
CREATE TABLE approvals (
  tenant_id text COLLATE "C" NOT NULL CHECK (tenant_id <> ''),
  decision_id text COLLATE "C" NOT NULL,
  run_id text COLLATE "C" NOT NULL,
  request_event_id text NOT NULL,
  status text NOT NULL CHECK (status IN ('pending', 'approved', 'rejected', 'expired')),
  action text,
  payload jsonb,
  payload_sha256 text,
  policy_sha256 text,
  required_approvals integer NOT NULL,
  forbid_self_approval boolean NOT NULL,
  requested_by_owner text,
  requested_at timestamptz NOT NULL,
  expires_at timestamptz,
  resolved_at timestamptz,
  PRIMARY KEY (tenant_id, decision_id)
);
CREATE INDEX approvals_due ON approvals (expires_at) WHERE status = 'pending' AND expires_at IS NOT NULL;
CREATE TABLE approval_votes (
  tenant_id text COLLATE "C" NOT NULL CHECK (tenant_id <> ''),
  decision_id text COLLATE "C" NOT NULL,
  principal_id text NOT NULL,
  label text NOT NULL,
  voted_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, decision_id, principal_id)
);

CREATE TABLE execution_tokens (
  tenant_id text COLLATE "C" NOT NULL CHECK (tenant_id <> ''),
  jti text COLLATE "C" NOT NULL,
  decision_id text COLLATE "C" NOT NULL,
  run_id text COLLATE "C" NOT NULL,
  action text NOT NULL,
  payload jsonb NOT NULL,
  payload_sha256 text NOT NULL,
  policy_sha256 text NOT NULL,
  issued_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  spent_at timestamptz,
  PRIMARY KEY (tenant_id, jti)
);
CREATE INDEX execution_tokens_decision ON execution_tokens (tenant_id, decision_id);

-- One execution per decision: the unique key is the promise.
CREATE TABLE effects (
  tenant_id text COLLATE "C" NOT NULL CHECK (tenant_id <> ''),
  effect_id text COLLATE "C" NOT NULL,
  decision_id text COLLATE "C" NOT NULL,
  jti text NOT NULL,
  run_id text COLLATE "C" NOT NULL,
  action text NOT NULL,
  connector text NOT NULL,
  payload jsonb NOT NULL,
  payload_sha256 text NOT NULL,
  status text NOT NULL CHECK (status IN ('intended', 'completed', 'failed', 'in_doubt')),
  owner text NOT NULL,
  result jsonb,
  intended_at timestamptz NOT NULL,
  finished_at timestamptz,
  PRIMARY KEY (tenant_id, effect_id),
  UNIQUE (tenant_id, decision_id)
);
CREATE INDEX effects_open ON effects (tenant_id, intended_at) WHERE status IN ('intended', 'in_doubt');

-- What the connector `book` writes: an order in our own books, once per idempotency key.
CREATE TABLE purchase_orders (
  tenant_id text COLLATE "C" NOT NULL CHECK (tenant_id <> ''),
  order_id text NOT NULL,
  idempotency_key text NOT NULL,
  amount numeric NOT NULL,
  currency text NOT NULL,
  merchant text,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, order_id),
  UNIQUE (tenant_id, idempotency_key)
);

DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['policies', 'policy_revisions', 'policy_sets', 'approvals', 'approval_votes', 'execution_tokens', 'effects', 'purchase_orders'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY tenant ON %I TO countersign_app USING (tenant_id = (SELECT current_setting(''countersign.tenant'', true))) WITH CHECK (tenant_id = (SELECT current_setting(''countersign.tenant'', true)))', name);
  END LOOP;
END $$;
CREATE POLICY global ON policies FOR SELECT TO countersign_app
  USING (scope = 'global' AND tenant_id = 'default' AND current_setting('countersign.tenant', true) <> '');
-- A policy for everybody is written by the installation's own tenant alone, whatever the program thinks.
ALTER TABLE policies ADD CONSTRAINT global_of_installation CHECK (scope <> 'global' OR tenant_id = 'default');
CREATE POLICY global ON policy_revisions TO countersign_app
  USING (tenant_id = '*' AND current_setting('countersign.tenant', true) <> '')
  WITH CHECK (tenant_id = '*' AND current_setting('countersign.tenant', true) = 'default');
GRANT SELECT, INSERT, UPDATE, DELETE ON policies TO countersign_app;
GRANT SELECT, INSERT, UPDATE ON policy_revisions, approvals, execution_tokens, effects TO countersign_app;
GRANT SELECT, INSERT ON policy_sets, approval_votes, purchase_orders TO countersign_app;

-- What authorize must know before it decides, in one round trip: how new the policies are and whether the decision ran already.
CREATE FUNCTION read_gate(p_tenant text, p_decision text)
RETURNS TABLE (revision text, effect_id text, effect_status text) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('countersign.tenant', p_tenant, true);
  RETURN QUERY SELECT
    coalesce((SELECT r.revision FROM policy_revisions r WHERE r.tenant_id = p_tenant), 0) || '.' ||
    coalesce((SELECT r.revision FROM policy_revisions r WHERE r.tenant_id = '*'), 0),
    e.effect_id, e.status
    FROM (SELECT 1) one LEFT JOIN effects e ON e.tenant_id = p_tenant AND e.decision_id = p_decision;
END $$;

-- Look-ups across tenants. They answer ids only; the caller then works inside that tenant. A plain owner sees nothing
-- under forced row-level security, so they belong to a role that has a policy of its own.
CREATE POLICY lookup ON approvals FOR SELECT TO countersign_lookup USING (true);
CREATE POLICY lookup ON effects FOR SELECT TO countersign_lookup USING (true);
GRANT SELECT ON approvals, effects TO countersign_lookup;
CREATE FUNCTION find_due_approvals(p_now timestamptz)
RETURNS TABLE (tenant_id text, decision_id text) LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT a.tenant_id, a.decision_id FROM public.approvals a WHERE a.status = 'pending' AND a.expires_at <= p_now
  ORDER BY a.expires_at LIMIT 1000
$$;
CREATE FUNCTION find_open_effects(p_before timestamptz)
RETURNS TABLE (tenant_id text, effect_id text) LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT e.tenant_id, e.effect_id FROM public.effects e WHERE e.status = 'intended' AND e.intended_at < p_before
  ORDER BY e.intended_at LIMIT 1000
$$;
DO $$
DECLARE signature text;
BEGIN
  GRANT CREATE ON SCHEMA public TO countersign_lookup;
  FOREACH signature IN ARRAY ARRAY['find_due_approvals(timestamptz)', 'find_open_effects(timestamptz)'] LOOP
    EXECUTE 'ALTER FUNCTION ' || signature || ' OWNER TO countersign_lookup';
    EXECUTE 'REVOKE ALL ON FUNCTION ' || signature || ' FROM PUBLIC';
    EXECUTE 'GRANT EXECUTE ON FUNCTION ' || signature || ' TO countersign_app';
  END LOOP;
  REVOKE CREATE ON SCHEMA public FROM countersign_lookup;
END $$;
