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
