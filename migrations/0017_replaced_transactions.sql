-- A transaction whose place another one has taken is asked about until that one lies deep enough.
DROP FUNCTION find_sent_transactions(timestamptz, timestamptz, integer);
CREATE FUNCTION find_sent_transactions(p_before timestamptz, p_since timestamptz, p_limit integer)
RETURNS TABLE (tenant_id text, run_id text) LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT t.tenant_id, t.run_id::text FROM public.copilot_transactions t
  JOIN public.runs r ON r.tenant_id = t.tenant_id AND r.run_id = t.run_id::text AND r.status = 'paused'
  WHERE t.submitted_at > p_since AND t.state IN ('PENDING', 'MINED', 'REPLACED', 'CONFIRMED', 'REVERTED', 'DROPPED')
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
