-- What somebody asked the copilot for. It never changes; how far the run is, its events tell.
CREATE TABLE copilot_runs (
  tenant_id text COLLATE "C" NOT NULL CHECK (tenant_id <> ''),
  run_id uuid NOT NULL,
  intent text NOT NULL,
  wallet_address text NOT NULL,
  chain_id bigint NOT NULL CHECK (chain_id > 0),
  conversation_id text,
  created_by text NOT NULL,
  created_at timestamptz(3) NOT NULL,
  -- When somebody began to start it: of several who try, one does.
  claimed_at timestamptz(3),
  PRIMARY KEY (tenant_id, run_id)
);
CREATE INDEX copilot_runs_created ON copilot_runs (tenant_id, created_at DESC, run_id);

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
CREATE INDEX copilot_transactions_open ON copilot_transactions (updated_at) WHERE state IN ('PENDING', 'MINED');
-- One mined transaction stands for one request of one run.
CREATE UNIQUE INDEX copilot_transactions_confirmed ON copilot_transactions (chain_id, hash) WHERE state = 'CONFIRMED';

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
