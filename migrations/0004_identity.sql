CREATE TABLE tenants (
  tenant_id text COLLATE "C" PRIMARY KEY CHECK (tenant_id <> ''),
  name text NOT NULL,
  created_at timestamptz NOT NULL
);
CREATE TABLE users (
  tenant_id text COLLATE "C" NOT NULL CHECK (tenant_id <> ''),
  id uuid PRIMARY KEY,
  email text NOT NULL,
  password_hash text NOT NULL,
  name text NOT NULL,
  role text NOT NULL CHECK (role IN ('admin', 'developer', 'user')),
  created_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX users_email ON users (lower(email));
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
    EXECUTE format('CREATE POLICY tenant ON %I TO countersign_app USING (tenant_id = current_setting(''countersign.tenant'', true)) WITH CHECK (tenant_id = current_setting(''countersign.tenant'', true))', name);
    EXECUTE format('CREATE POLICY lookup ON %I FOR SELECT TO countersign_lookup USING (true)', name);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON %I TO countersign_app', name);
    EXECUTE format('GRANT SELECT ON %I TO countersign_lookup', name);
  END LOOP;
END $$;

-- Before a credential is checked no tenant is known: these answer ids only.
CREATE FUNCTION find_user_by_email(p_email text) RETURNS TABLE (tenant_id text, user_id uuid)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT u.tenant_id, u.id FROM public.users u WHERE lower(u.email) = lower(p_email)
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
