-- Leaves of the Merkle tree of each tenant (RFC 6962), in an order of their own: filled after commit by one sequencer,
-- so that the log itself is never updated. hash is the event's hash, which is its leaf hash.
CREATE TABLE merkle_leaves (
  tenant_id text COLLATE "C" NOT NULL CHECK (tenant_id <> ''),
  leaf bigint NOT NULL,
  run_id text COLLATE "C" NOT NULL,
  seq bigint NOT NULL,
  hash bytea NOT NULL CHECK (length(hash) = 32),
  PRIMARY KEY (tenant_id, leaf),
  UNIQUE (tenant_id, run_id, seq)
);
-- Complete subtrees of 2^8, 2^16, … leaves, so that a proof reads hundreds of rows and never all leaves.
CREATE TABLE merkle_nodes (
  tenant_id text COLLATE "C" NOT NULL CHECK (tenant_id <> ''),
  level smallint NOT NULL CHECK (level > 0 AND level % 8 = 0),
  index bigint NOT NULL,
  hash bytea NOT NULL CHECK (length(hash) = 32),
  PRIMARY KEY (tenant_id, level, index)
);
-- peaks: 32 bytes for each set bit of size, largest subtree first.
CREATE TABLE merkle_heads (
  tenant_id text COLLATE "C" PRIMARY KEY CHECK (tenant_id <> ''),
  size bigint NOT NULL,
  peaks bytea NOT NULL
);
-- Signed tree heads (C2SP tlog-checkpoint), kept for consistency proofs and for auditors.
CREATE TABLE checkpoints (
  tenant_id text COLLATE "C" NOT NULL CHECK (tenant_id <> ''),
  size bigint NOT NULL,
  root bytea NOT NULL CHECK (length(root) = 32),
  note text NOT NULL,
  signed_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, size)
);
-- Where the sequencer looks next. Of the whole installation, hence without a tenant.
CREATE TABLE sequencer (one boolean PRIMARY KEY DEFAULT true CHECK (one), next_xid xid8 NOT NULL);
INSERT INTO sequencer (next_xid) VALUES ('0');

CREATE TRIGGER merkle_leaves_no_change BEFORE UPDATE OR DELETE ON merkle_leaves FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER merkle_leaves_no_truncate BEFORE TRUNCATE ON merkle_leaves FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE merkle_leaves ENABLE ALWAYS TRIGGER merkle_leaves_no_change;
ALTER TABLE merkle_leaves ENABLE ALWAYS TRIGGER merkle_leaves_no_truncate;
CREATE TRIGGER checkpoints_no_change BEFORE UPDATE OR DELETE ON checkpoints FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER checkpoints_no_truncate BEFORE TRUNCATE ON checkpoints FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE checkpoints ENABLE ALWAYS TRIGGER checkpoints_no_change;
ALTER TABLE checkpoints ENABLE ALWAYS TRIGGER checkpoints_no_truncate;

DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['merkle_leaves', 'merkle_nodes', 'merkle_heads', 'checkpoints'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY tenant ON %I FOR SELECT TO countersign_app USING (tenant_id = (SELECT current_setting(''countersign.tenant'', true)))', name);
    EXECUTE format('CREATE POLICY sequencer ON %I TO countersign_sequencer USING (true) WITH CHECK (true)', name);
    EXECUTE format('GRANT SELECT ON %I TO countersign_app', name);
    EXECUTE format('GRANT SELECT, INSERT ON %I TO countersign_sequencer', name);
  END LOOP;
END $$;
GRANT UPDATE ON merkle_heads TO countersign_sequencer;
GRANT SELECT, UPDATE ON sequencer TO countersign_sequencer;
CREATE POLICY sequencer ON events FOR SELECT TO countersign_sequencer USING (true);
GRANT SELECT ON events TO countersign_sequencer;
