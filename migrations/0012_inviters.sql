-- Who invited an account: while it is young it counts as one person with them. Who joined before this was known counts
-- for themselves, as do accounts that the operator made or an OpenID provider vouches for.
ALTER TABLE users ADD COLUMN invited_by uuid REFERENCES users (id);
