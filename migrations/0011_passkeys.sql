-- Keys that people prove themselves with (WebAuthn). What is secret stays in the authenticator.
CREATE TABLE webauthn_credentials (
  tenant_id text COLLATE "C" NOT NULL CHECK (tenant_id <> ''),
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL REFERENCES users (id),
  credential_id text COLLATE "C" NOT NULL, -- base64url, as the authenticator named it
  public_key bytea NOT NULL, -- COSE_Key (RFC 9052)
  counter bigint NOT NULL, -- as of the last use; authenticators without one stay at 0
  transports text[] NOT NULL,
  relying_party_id text NOT NULL,
  name text NOT NULL,
  created_at timestamptz NOT NULL,
  last_used_at timestamptz,
  UNIQUE (tenant_id, credential_id)
);
CREATE INDEX webauthn_credentials_user ON webauthn_credentials (tenant_id, user_id, created_at);
-- The one registration that somebody has begun: a newer one takes its place, finishing it takes it away.
CREATE TABLE webauthn_challenges (
  tenant_id text COLLATE "C" NOT NULL CHECK (tenant_id <> ''),
  user_id uuid NOT NULL REFERENCES users (id),
  challenge text COLLATE "C" NOT NULL,
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, user_id)
);
DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['webauthn_credentials', 'webauthn_challenges'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY tenant ON %I TO countersign_app USING (tenant_id = (SELECT current_setting(''countersign.tenant'', true))) WITH CHECK (tenant_id = (SELECT current_setting(''countersign.tenant'', true)))', name);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO countersign_app', name);
  END LOOP;
END $$;

-- How whoever approves has to prove anew who they are; null where no policy asks for it.
ALTER TABLE approvals ADD COLUMN require_fresh_authentication text
  CHECK (require_fresh_authentication IN ('password', 'passkey'));
