ALTER TABLE users ADD COLUMN avatar_url text;
ALTER TABLE sessions ADD COLUMN last_used_at timestamptz;
CREATE INDEX sessions_user ON sessions (tenant_id, user_id);

DROP FUNCTION resolve_session(text, uuid);
CREATE FUNCTION resolve_session(p_tenant text, p_session uuid)
RETURNS TABLE (user_id uuid, name text, role text, expires_at timestamptz, revoked_at timestamptz, last_used_at timestamptz)
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('countersign.tenant', p_tenant, true);
  RETURN QUERY SELECT u.id, u.name, u.role, s.expires_at, s.revoked_at, s.last_used_at
    FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.id = p_session;
END $$;

-- Attempts to sign in, counted for all servers of the installation, under its own tenant. Not flushed to disk: after a
-- crash counting begins anew.
CREATE UNLOGGED TABLE sign_in_attempts (
  tenant_id text COLLATE "C" NOT NULL CHECK (tenant_id <> ''),
  address text COLLATE "C" NOT NULL,
  attempts integer NOT NULL,
  resets_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, address)
);
CREATE INDEX sign_in_attempts_over ON sign_in_attempts (resets_at);
DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['sign_in_attempts'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY tenant ON %I TO countersign_app USING (tenant_id = (SELECT current_setting(''countersign.tenant'', true))) WITH CHECK (tenant_id = (SELECT current_setting(''countersign.tenant'', true)))', name);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON %I TO countersign_app', name);
  END LOOP;
END $$;
GRANT DELETE ON sign_in_attempts TO countersign_app;
