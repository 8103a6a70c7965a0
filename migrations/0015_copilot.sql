-- What somebody asked the copilot for. It never changes; how far the run is, its events tell.
CREATE TABLE copilot_runs (
  tenant_id text COLLATE "C" NOT NULL CHECK (tenant_id <> ''),
  run_id uuid NOT NULL,
  intent text NOT NULL,
  wallet_address text NOT NULL,
  chain_id bigint NOT NULL CHECK (chain_id > 0),
  conversation_id text,
  created_by text NOT NULL,
  -- The person it is for, where a key made it.
  created_by_owner text NOT NULL,
  created_at timestamptz(3) NOT NULL,
  -- When somebody began to start it: of several who try, one does.
  claimed_at timestamptz(3),
  PRIMARY KEY (tenant_id, run_id)
);
CREATE INDEX copilot_runs_created ON copilot_runs (tenant_id, created_at DESC, run_id);
CREATE INDEX copilot_runs_wallet ON copilot_runs (tenant_id, wallet_address, created_at);

-- Transactions that a wallet was given and what became of them on the chain.
CREATE TABLE copilot_transactions (
  tenant_id text COLLATE "C" NOT NULL CHECK (tenant_id <> ''),
  run_id uuid NOT NULL,
  tx_request_id text COLLATE "C" NOT NULL,
  chain_id bigint NOT NULL,
  hash text COLLATE "C" NOT NULL,
  submitted_by text NOT NULL,
  state text NOT NULL CHECK (state IN ('PENDING', 'MINED', 'CONFIRMED', 'REVERTED', 'REPLACED', 'CANCELLED', 'DROPPED', 'MISMATCH')),
  detail json NOT NULL,
  submitted_at timestamptz(3) NOT NULL,
  updated_at timestamptz(3) NOT NULL,
  PRIMARY KEY (tenant_id, run_id, tx_request_id)
);
CREATE INDEX copilot_transactions_sent ON copilot_transactions (submitted_at);
-- One mined transaction stands for one request of one run. By tenant: who else reports it is no proof of whose it is.
CREATE UNIQUE INDEX copilot_transactions_confirmed ON copilot_transactions (tenant_id, chain_id, hash) WHERE state = 'CONFIRMED';

DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['copilot_runs', 'copilot_transactions'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY tenant ON %I TO countersign_app USING (tenant_id = (SELECT current_setting(''countersign.tenant'', true))) WITH CHECK (tenant_id = (SELECT current_setting(''countersign.tenant'', true)))', name);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON %I TO countersign_app', name);
  END LOOP;
END $$;

-- Which runs somebody must ask the chain about, across tenants: ids only, as every look-up before a tenant is known. Those
-- that reached their end on the chain are named until their run has been told.
CREATE POLICY lookup ON copilot_transactions FOR SELECT TO countersign_lookup USING (true);
GRANT SELECT ON copilot_transactions TO countersign_lookup;
CREATE FUNCTION find_sent_transactions(p_before timestamptz, p_since timestamptz, p_limit integer)
RETURNS TABLE (tenant_id text, run_id text) LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT t.tenant_id, t.run_id::text FROM public.copilot_transactions t
  JOIN public.runs r ON r.tenant_id = t.tenant_id AND r.run_id = t.run_id::text AND r.status = 'paused'
  WHERE t.submitted_at > p_since AND t.state IN ('PENDING', 'MINED', 'CONFIRMED', 'REVERTED', 'DROPPED')
  GROUP BY t.tenant_id, t.run_id HAVING max(t.updated_at) <= p_before ORDER BY max(t.updated_at) LIMIT p_limit
$$;
DO $$
BEGIN
  GRANT CREATE ON SCHEMA public TO countersign_lookup;
  ALTER FUNCTION find_sent_transactions(timestamptz, timestamptz, integer) OWNER TO countersign_lookup;
  REVOKE ALL ON FUNCTION find_sent_transactions(timestamptz, timestamptz, integer) FROM PUBLIC;
  GRANT EXECUTE ON FUNCTION find_sent_transactions(timestamptz, timestamptz, integer) TO countersign_app;
  REVOKE CREATE ON SCHEMA public FROM countersign_lookup;
END $$;
