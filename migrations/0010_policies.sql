-- A policy in shadow is asked with every decision and what it would have changed is recorded; it decides nothing.
ALTER TABLE policies ADD COLUMN mode text NOT NULL DEFAULT 'enforce' CHECK (mode IN ('enforce', 'shadow'));

-- Every form that a policy had, and its end: what each change made of it, by whom and when.
CREATE TABLE policy_versions (
  tenant_id text COLLATE "C" NOT NULL CHECK (tenant_id <> ''),
  policy_id text COLLATE "C" NOT NULL,
  version integer NOT NULL,
  operation text NOT NULL CHECK (operation IN ('created', 'updated', 'deleted')),
  content jsonb, -- null once it is deleted
  changed_by text NOT NULL,
  changed_at timestamptz NOT NULL,
  decision_id text COLLATE "C", -- the decision that allowed the change, where policies spoke about it
  PRIMARY KEY (tenant_id, policy_id, version)
);

-- How often each policy held in the decisions since it was last changed: a projection of the log.
CREATE TABLE policy_hits (
  tenant_id text COLLATE "C" NOT NULL CHECK (tenant_id <> ''),
  policy_id text COLLATE "C" NOT NULL,
  counted_since timestamptz NOT NULL, -- when the policy was last changed, as far as was known then
  matched bigint NOT NULL,
  indeterminate bigint NOT NULL,
  last_matched_at timestamptz,
  PRIMARY KEY (tenant_id, policy_id)
);
-- What policies in shadow would have changed, from the same decisions.
CREATE TABLE shadow_findings (
  tenant_id text COLLATE "C" NOT NULL CHECK (tenant_id <> ''),
  policy_id text COLLATE "C" NOT NULL,
  recorded_at timestamptz NOT NULL,
  run_id text COLLATE "C" NOT NULL,
  seq bigint NOT NULL,
  effect_before text NOT NULL,
  effect_after text NOT NULL,
  PRIMARY KEY (tenant_id, policy_id, recorded_at, run_id, seq)
);

DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['policy_versions', 'policy_hits', 'shadow_findings'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY tenant ON %I TO countersign_app USING (tenant_id = (SELECT current_setting(''countersign.tenant'', true))) WITH CHECK (tenant_id = (SELECT current_setting(''countersign.tenant'', true)))', name);
  END LOOP;
END $$;
GRANT SELECT, INSERT ON policy_versions, shadow_findings TO countersign_app;
GRANT SELECT, INSERT, UPDATE ON policy_hits TO countersign_app;

-- What there is already begins its history as it stands. Forced security would hide it from an owner who is no superuser.
ALTER TABLE policies NO FORCE ROW LEVEL SECURITY;
ALTER TABLE policy_versions NO FORCE ROW LEVEL SECURITY;
INSERT INTO policy_versions (tenant_id, policy_id, version, operation, content, changed_by, changed_at)
  SELECT tenant_id, id, version, CASE version WHEN 1 THEN 'created' ELSE 'updated' END,
    jsonb_build_object('name', name, 'description', description, 'scope', scope, 'scope_id', scope_id, 'rule_expr', rule_expr,
      'effect', effect, 'priority', priority, 'enabled', enabled, 'reason_code', reason_code, 'mode', mode), updated_by, updated_at
  FROM policies;
ALTER TABLE policies FORCE ROW LEVEL SECURITY;
ALTER TABLE policy_versions FORCE ROW LEVEL SECURITY;

-- Past decisions by time, for asking a candidate about them.
CREATE INDEX events_decisions ON events (tenant_id, recorded_at, run_id, seq) WHERE kind = 'decision_recorded';
