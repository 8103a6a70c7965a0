-- How far back a rule looks, and since when something has been there that shall not wait for the rule's turn.
ALTER TABLE alert_configs ADD COLUMN window_seconds integer NOT NULL DEFAULT 300 CHECK (window_seconds BETWEEN 60 AND 86400);
ALTER TABLE alert_configs ADD COLUMN due_since timestamptz(3);
ALTER TABLE alert_configs DROP CONSTRAINT alert_configs_rule_type_check;
ALTER TABLE alert_configs ADD CONSTRAINT alert_configs_rule_type_check CHECK (rule_type IN
  ('error_rate', 'budget_exceeded', 'policy_denials', 'memory_usage', 'rate_limit', 'token_reuse'));

-- Who has alerts that nobody has looked at since p_before, or for as long as their own window, or that shall not wait.
DROP FUNCTION find_due_alerts(timestamptz);
CREATE FUNCTION find_due_alerts(p_before timestamptz, p_now timestamptz)
RETURNS TABLE (tenant_id text) LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT DISTINCT c.tenant_id FROM public.alert_configs c WHERE c.enabled AND (c.due_since IS NOT NULL OR c.last_checked_at IS NULL
    OR c.last_checked_at <= p_before OR c.last_checked_at <= p_now - make_interval(secs => c.window_seconds))
$$;
DO $$
BEGIN
  GRANT CREATE ON SCHEMA public TO countersign_lookup;
  ALTER FUNCTION find_due_alerts(timestamptz, timestamptz) OWNER TO countersign_lookup;
  REVOKE ALL ON FUNCTION find_due_alerts(timestamptz, timestamptz) FROM PUBLIC;
  GRANT EXECUTE ON FUNCTION find_due_alerts(timestamptz, timestamptz) TO countersign_app;
  REVOKE CREATE ON SCHEMA public FROM countersign_lookup;
END $$;
