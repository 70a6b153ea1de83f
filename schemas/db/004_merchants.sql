-- Merchants' limits, Ed25519 keys, and when a key was used last.

ALTER TABLE merchants
  ADD COLUMN IF NOT EXISTS rate_per_second INT NOT NULL DEFAULT 0 COMMENT 'requests; 0: the gateway''s default',
  ADD COLUMN IF NOT EXISTS in_flight_max INT NOT NULL DEFAULT 0 COMMENT 'requests at once; 0: the gateway''s default';

ALTER TABLE merchant_keys
  MODIFY algorithm ENUM('hmac-sha256','ed25519') NOT NULL,
  MODIFY secret VARBINARY(256) NOT NULL DEFAULT '' COMMENT 'hmac-sha256: sealed, context key:<key_id>; else empty',
  ADD COLUMN IF NOT EXISTS public_key VARBINARY(32) NOT NULL DEFAULT '' COMMENT 'ed25519: RFC 8032, raw; else empty',
  ADD COLUMN IF NOT EXISTS last_used_ms BIGINT NOT NULL DEFAULT 0 COMMENT 'to the minute; 0: never';

-- The gateway's account reads only; this is the one thing that it may write, and it can write nothing else by it.
CREATE OR REPLACE PROCEDURE note_key_use(IN used_key VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin, IN used_ms BIGINT)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  UPDATE merchant_keys SET last_used_ms = GREATEST(last_used_ms, used_ms) WHERE key_id = used_key;
