-- Moves with every change of what a tenant's credentials stand for: a session or key revoked or shortened, a role or name
-- changed. Whoever remembers a credential compares it where they read anyway, instead of asking for the credential each time.
CREATE TABLE credential_revisions (
  tenant_id text COLLATE "C" PRIMARY KEY CHECK (tenant_id <> ''),
  revision bigint NOT NULL
);
ALTER TABLE credential_revisions ENABLE ROW LEVEL SECURITY;
ALTER TABLE credential_revisions FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON credential_revisions TO countersign_app
  USING (tenant_id = (SELECT current_setting('countersign.tenant', true)))
  WITH CHECK (tenant_id = (SELECT current_setting('countersign.tenant', true)));
GRANT SELECT, INSERT, UPDATE ON credential_revisions TO countersign_app;

-- In the change's own transaction, whoever makes it: there is no way to revoke that leaves the revision where it was.
CREATE FUNCTION move_credential_revision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO credential_revisions AS r (tenant_id, revision) VALUES (OLD.tenant_id, 1)
    ON CONFLICT (tenant_id) DO UPDATE SET revision = r.revision + 1;
  RETURN NULL;
END $$;
CREATE TRIGGER credential_revision AFTER UPDATE OF user_id, expires_at, revoked_at ON sessions FOR EACH ROW
  WHEN ((OLD.user_id, OLD.expires_at, OLD.revoked_at) IS DISTINCT FROM (NEW.user_id, NEW.expires_at, NEW.revoked_at))
  EXECUTE FUNCTION move_credential_revision();
CREATE TRIGGER credential_revision AFTER UPDATE OF user_id, name, permissions, policies, expires_at, revoked_at ON api_keys FOR EACH ROW
  WHEN ((OLD.user_id, OLD.name, OLD.permissions, OLD.policies, OLD.expires_at, OLD.revoked_at)
    IS DISTINCT FROM (NEW.user_id, NEW.name, NEW.permissions, NEW.policies, NEW.expires_at, NEW.revoked_at))
  EXECUTE FUNCTION move_credential_revision();
CREATE TRIGGER credential_revision AFTER UPDATE OF name, role, logline_id ON users FOR EACH ROW
  WHEN ((OLD.name, OLD.role, OLD.logline_id) IS DISTINCT FROM (NEW.name, NEW.role, NEW.logline_id))
  EXECUTE FUNCTION move_credential_revision();
CREATE TRIGGER credential_revision_deleted AFTER DELETE ON sessions FOR EACH ROW EXECUTE FUNCTION move_credential_revision();
CREATE TRIGGER credential_revision_deleted AFTER DELETE ON api_keys FOR EACH ROW EXECUTE FUNCTION move_credential_revision();
CREATE TRIGGER credential_revision_deleted AFTER DELETE ON users FOR EACH ROW EXECUTE FUNCTION move_credential_revision();

-- The credential and the revision it was read at come from one statement, so that neither is older than the other.
DROP FUNCTION resolve_session(text, uuid);
CREATE FUNCTION resolve_session(p_tenant text, p_session uuid)
RETURNS TABLE (user_id uuid, name text, role text, logline_id text, expires_at timestamptz, revoked_at timestamptz,
  last_used_at timestamptz, revision bigint)
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('countersign.tenant', p_tenant, true);
  RETURN QUERY SELECT u.id, u.name, u.role, u.logline_id, s.expires_at, s.revoked_at, s.last_used_at,
      coalesce((SELECT c.revision FROM credential_revisions c WHERE c.tenant_id = p_tenant), 0)
    FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.id = p_session;
END $$;
DROP FUNCTION resolve_api_key(text);
CREATE FUNCTION resolve_api_key(p_hash text)
RETURNS TABLE (tenant_id text, id uuid, user_id uuid, name text, role text, logline_id text, permissions text[], policies text[],
  expires_at timestamptz, revoked_at timestamptz, last_used_at timestamptz, revision bigint)
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('countersign.tenant', f.tenant_id, true) FROM find_api_key_by_hash(p_hash) f;
  IF NOT FOUND THEN RETURN; END IF;
  RETURN QUERY SELECT k.tenant_id, k.id, u.id, k.name, u.role, u.logline_id, k.permissions, k.policies, k.expires_at, k.revoked_at,
      k.last_used_at, coalesce((SELECT c.revision FROM credential_revisions c WHERE c.tenant_id = k.tenant_id), 0)
    FROM api_keys k JOIN users u ON u.id = k.user_id WHERE k.key_hash = p_hash;
END $$;

DROP FUNCTION read_gate(text, text);
CREATE FUNCTION read_gate(p_tenant text, p_decision text)
RETURNS TABLE (revision text, credential_revision bigint, effect_id text, effect_status text) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('countersign.tenant', p_tenant, true);
  RETURN QUERY SELECT
    coalesce((SELECT r.revision FROM policy_revisions r WHERE r.tenant_id = p_tenant), 0) || '.' ||
    coalesce((SELECT r.revision FROM policy_revisions r WHERE r.tenant_id = '*'), 0),
    coalesce((SELECT c.revision FROM credential_revisions c WHERE c.tenant_id = p_tenant), 0),
    e.effect_id, e.status
    FROM (SELECT 1) one LEFT JOIN effects e ON e.tenant_id = p_tenant AND e.decision_id = p_decision;
END $$;
