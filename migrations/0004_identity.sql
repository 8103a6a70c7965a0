CREATE TABLE tenants (
  tenant_id text COLLATE "C" PRIMARY KEY CHECK (tenant_id <> ''),
  name text NOT NULL,
  created_at timestamptz NOT NULL
);
CREATE TABLE users (
  tenant_id text COLLATE "C" NOT NULL CHECK (tenant_id <> ''),
  id uuid PRIMARY KEY,
  email text NOT NULL,
  -- The e-mail as it is compared. The program folds it, since lower() depends on the locale of the database.
  email_key text COLLATE "C" NOT NULL CONSTRAINT users_email_key UNIQUE,
  password_hash text NOT NULL,
  name text NOT NULL,
  role text NOT NULL CHECK (role IN ('admin', 'developer', 'user')),
  created_at timestamptz NOT NULL
);
CREATE TABLE sessions (
  tenant_id text COLLATE "C" NOT NULL CHECK (tenant_id <> ''),
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL REFERENCES users (id),
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  revoked_at timestamptz,
  ip text,
  user_agent text
);
-- Every refresh token of a session, spent ones too: one that comes back a second time betrays a theft.
CREATE TABLE refresh_tokens (
  tenant_id text COLLATE "C" NOT NULL CHECK (tenant_id <> ''),
  token_hash text PRIMARY KEY,
  session_id uuid NOT NULL REFERENCES sessions (id),
  issued_at timestamptz NOT NULL,
  spent_at timestamptz
);
CREATE TABLE api_keys (
  tenant_id text COLLATE "C" NOT NULL CHECK (tenant_id <> ''),
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL REFERENCES users (id),
  name text NOT NULL,
  key_hash text NOT NULL UNIQUE,
  prefix text NOT NULL,
  permissions text[] NOT NULL,
  created_at timestamptz NOT NULL,
  expires_at timestamptz,
  last_used_at timestamptz,
  revoked_at timestamptz
);
CREATE INDEX api_keys_user ON api_keys (tenant_id, user_id);

DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['tenants', 'users', 'sessions', 'refresh_tokens', 'api_keys'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY tenant ON %I TO countersign_app USING (tenant_id = (SELECT current_setting(''countersign.tenant'', true))) WITH CHECK (tenant_id = (SELECT current_setting(''countersign.tenant'', true)))', name);
    EXECUTE format('CREATE POLICY lookup ON %I FOR SELECT TO countersign_lookup USING (true)', name);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON %I TO countersign_app', name);
    EXECUTE format('GRANT SELECT ON %I TO countersign_lookup', name);
  END LOOP;
END $$;

-- Before a credential is checked no tenant is known: these answer ids only.
CREATE FUNCTION find_user_by_email(p_email_key text) RETURNS TABLE (tenant_id text, user_id uuid)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT u.tenant_id, u.id FROM public.users u WHERE u.email_key = p_email_key
$$;
CREATE FUNCTION find_session_by_refresh_token(p_hash text) RETURNS TABLE (tenant_id text, session_id uuid)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT r.tenant_id, r.session_id FROM public.refresh_tokens r WHERE r.token_hash = p_hash
$$;
CREATE FUNCTION find_api_key_by_hash(p_hash text) RETURNS TABLE (tenant_id text, api_key_id uuid)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT k.tenant_id, k.id FROM public.api_keys k WHERE k.key_hash = p_hash
$$;
CREATE FUNCTION installation_has_users() RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT EXISTS (SELECT FROM public.users)
$$;
DO $$
DECLARE signature text;
BEGIN
  GRANT CREATE ON SCHEMA public TO countersign_lookup;
  FOREACH signature IN ARRAY ARRAY['find_user_by_email(text)', 'find_session_by_refresh_token(text)', 'find_api_key_by_hash(text)', 'installation_has_users()'] LOOP
    EXECUTE 'ALTER FUNCTION ' || signature || ' OWNER TO countersign_lookup';
    EXECUTE 'REVOKE ALL ON FUNCTION ' || signature || ' FROM PUBLIC';
    EXECUTE 'GRANT EXECUTE ON FUNCTION ' || signature || ' TO countersign_app';
  END LOOP;
  REVOKE CREATE ON SCHEMA public FROM countersign_lookup;
END $$;

-- What every request with a credential asks, in one statement under the caller's own rights. They answer expired and
-- revoked ones too: the program compares them with its own clock.
CREATE FUNCTION resolve_session(p_tenant text, p_session uuid)
RETURNS TABLE (user_id uuid, name text, role text, expires_at timestamptz, revoked_at timestamptz)
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('countersign.tenant', p_tenant, true);
  RETURN QUERY SELECT u.id, u.name, u.role, s.expires_at, s.revoked_at
    FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.id = p_session;
END $$;
CREATE FUNCTION resolve_api_key(p_hash text)
RETURNS TABLE (tenant_id text, id uuid, user_id uuid, name text, role text, permissions text[],
  expires_at timestamptz, revoked_at timestamptz, last_used_at timestamptz)
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('countersign.tenant', f.tenant_id, true) FROM find_api_key_by_hash(p_hash) f;
  IF NOT FOUND THEN RETURN; END IF;
  RETURN QUERY SELECT k.tenant_id, k.id, u.id, k.name, u.role, k.permissions, k.expires_at, k.revoked_at, k.last_used_at
    FROM api_keys k JOIN users u ON u.id = k.user_id WHERE k.key_hash = p_hash;
END $$;
