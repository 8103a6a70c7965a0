ALTER TABLE users ADD COLUMN avatar_url text;
ALTER TABLE sessions ADD COLUMN last_used_at timestamptz;
CREATE INDEX sessions_user ON sessions (tenant_id, user_id);
-- Whoever registered before there were LogLine IDs gets one at the next sign-in.
ALTER TABLE users ADD COLUMN logline_id text COLLATE "C" CONSTRAINT users_logline_id UNIQUE;
CREATE SEQUENCE logline_numbers;
GRANT USAGE ON SEQUENCE logline_numbers TO countersign_app;

DROP FUNCTION resolve_session(text, uuid);
CREATE FUNCTION resolve_session(p_tenant text, p_session uuid)
RETURNS TABLE (user_id uuid, name text, role text, logline_id text, expires_at timestamptz, revoked_at timestamptz,
  last_used_at timestamptz)
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('countersign.tenant', p_tenant, true);
  RETURN QUERY SELECT u.id, u.name, u.role, u.logline_id, s.expires_at, s.revoked_at, s.last_used_at
    FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.id = p_session;
END $$;
-- Ids of policies that hold for whatever the key does.
ALTER TABLE api_keys ADD COLUMN policies text[] NOT NULL DEFAULT '{}';
DROP FUNCTION resolve_api_key(text);
CREATE FUNCTION resolve_api_key(p_hash text)
RETURNS TABLE (tenant_id text, id uuid, user_id uuid, name text, role text, logline_id text, permissions text[], policies text[],
  expires_at timestamptz, revoked_at timestamptz, last_used_at timestamptz)
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('countersign.tenant', f.tenant_id, true) FROM find_api_key_by_hash(p_hash) f;
  IF NOT FOUND THEN RETURN; END IF;
  RETURN QUERY SELECT k.tenant_id, k.id, u.id, k.name, u.role, u.logline_id, k.permissions, k.policies, k.expires_at, k.revoked_at, k.last_used_at
    FROM api_keys k JOIN users u ON u.id = k.user_id WHERE k.key_hash = p_hash;
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
-- Who may join a tenant: good for one registration under this e-mail.
CREATE TABLE invitations (
  tenant_id text COLLATE "C" NOT NULL CHECK (tenant_id <> ''),
  id uuid PRIMARY KEY,
  email text NOT NULL,
  role text NOT NULL CHECK (role IN ('admin', 'developer', 'user')),
  token_hash text NOT NULL UNIQUE,
  created_by text NOT NULL,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  accepted_at timestamptz,
  revoked_at timestamptz
);
CREATE INDEX invitations_created ON invitations (tenant_id, created_at DESC);

-- Accounts of OpenID providers, by which somebody signs in. Who has one may have no password.
ALTER TABLE users ALTER COLUMN password_hash DROP NOT NULL;
CREATE TABLE user_identities (
  tenant_id text COLLATE "C" NOT NULL CHECK (tenant_id <> ''),
  issuer text COLLATE "C" NOT NULL,
  subject text COLLATE "C" NOT NULL,
  user_id uuid NOT NULL REFERENCES users (id),
  created_at timestamptz NOT NULL,
  PRIMARY KEY (issuer, subject)
);

DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['sign_in_attempts', 'invitations', 'user_identities'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY tenant ON %I TO countersign_app USING (tenant_id = (SELECT current_setting(''countersign.tenant'', true))) WITH CHECK (tenant_id = (SELECT current_setting(''countersign.tenant'', true)))', name);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON %I TO countersign_app', name);
  END LOOP;
END $$;
GRANT DELETE ON sign_in_attempts TO countersign_app;

CREATE POLICY lookup ON invitations FOR SELECT TO countersign_lookup USING (true);
GRANT SELECT ON invitations TO countersign_lookup;
CREATE FUNCTION find_invitation_by_hash(p_hash text) RETURNS TABLE (tenant_id text, invitation_id uuid)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT i.tenant_id, i.id FROM public.invitations i WHERE i.token_hash = p_hash
$$;
CREATE POLICY lookup ON user_identities FOR SELECT TO countersign_lookup USING (true);
GRANT SELECT ON user_identities TO countersign_lookup;
CREATE FUNCTION find_user_by_identity(p_issuer text, p_subject text) RETURNS TABLE (tenant_id text, user_id uuid)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT i.tenant_id, i.user_id FROM public.user_identities i WHERE i.issuer = p_issuer AND i.subject = p_subject
$$;
CREATE FUNCTION find_user_by_id(p_user uuid) RETURNS TABLE (tenant_id text, user_id uuid)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT u.tenant_id, u.id FROM public.users u WHERE u.id = p_user
$$;
DO $$
DECLARE signature text;
BEGIN
  GRANT CREATE ON SCHEMA public TO countersign_lookup;
  FOREACH signature IN ARRAY ARRAY['find_invitation_by_hash(text)', 'find_user_by_id(uuid)', 'find_user_by_identity(text, text)'] LOOP
    EXECUTE 'ALTER FUNCTION ' || signature || ' OWNER TO countersign_lookup';
    EXECUTE 'REVOKE ALL ON FUNCTION ' || signature || ' FROM PUBLIC';
    EXECUTE 'GRANT EXECUTE ON FUNCTION ' || signature || ' TO countersign_app';
  END LOOP;
  REVOKE CREATE ON SCHEMA public FROM countersign_lookup;
END $$;
