-- One mined transaction may carry several requests of a plan, where a wallet made them in one (EIP-5792): each then stands at
-- its own place among the calls of the wallet.
ALTER TABLE copilot_transactions
  ADD COLUMN batch_position smallint NOT NULL DEFAULT 0 CHECK (batch_position >= 0),
  -- How many requests the transaction carries; null where it is the request itself.
  ADD COLUMN batch_size smallint CHECK (batch_size > batch_position),
  -- By which the wallet knows the batch that the request was handed to it in.
  ADD COLUMN calls_id text;

-- One mined transaction stands for one run: for its request, or for all that it carries, of which the first always has a row.
DROP INDEX copilot_transactions_confirmed;
CREATE UNIQUE INDEX copilot_transactions_confirmed ON copilot_transactions (tenant_id, chain_id, hash)
  WHERE batch_position = 0 AND (state = 'CONFIRMED' OR (state = 'REVERTED' AND batch_size IS NOT NULL));

-- Which runs the chain is asked about: those that wait for a wallet, and those that ended with the word that nothing was sent, or
-- that all was cancelled, while a hash of them is not final. What was cancelled and ended nothing is looked through each minute.
DROP FUNCTION find_sent_transactions(timestamptz, timestamptz, integer);
CREATE FUNCTION find_sent_transactions(p_before timestamptz, p_since timestamptz, p_limit integer)
RETURNS TABLE (tenant_id text, run_id text) LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT t.tenant_id, t.run_id::text FROM public.copilot_transactions t
  JOIN public.runs r ON r.tenant_id = t.tenant_id AND r.run_id = t.run_id::text
  WHERE t.submitted_at > p_since AND CASE r.status
    WHEN 'paused' THEN t.state IN ('PENDING', 'MINED', 'REPLACED', 'CONFIRMED', 'REVERTED', 'DROPPED', 'CANCELLED')
    WHEN 'completed' THEN r.result ->> 'status' IN ('CANCELLED', 'NOT_SENT') AND t.state IN ('PENDING', 'MINED', 'REPLACED', 'DROPPED')
    ELSE false END
  GROUP BY t.tenant_id, t.run_id
  HAVING max(t.updated_at) <= p_before - CASE WHEN bool_and(t.state = 'CANCELLED') THEN interval '1 minute' ELSE interval '0' END
  ORDER BY max(t.updated_at) LIMIT p_limit
$$;
DO $$
BEGIN
  GRANT CREATE ON SCHEMA public TO countersign_lookup;
  ALTER FUNCTION find_sent_transactions(timestamptz, timestamptz, integer) OWNER TO countersign_lookup;
  REVOKE ALL ON FUNCTION find_sent_transactions(timestamptz, timestamptz, integer) FROM PUBLIC;
  GRANT EXECUTE ON FUNCTION find_sent_transactions(timestamptz, timestamptz, integer) TO countersign_app;
  REVOKE CREATE ON SCHEMA public FROM countersign_lookup;
END $$;
