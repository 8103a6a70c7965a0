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
