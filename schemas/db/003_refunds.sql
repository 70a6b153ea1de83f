-- Merchants' refunds: their numbers, aliases, what is held, and what a payment's row tells of them.

ALTER TABLE payments
  ADD COLUMN IF NOT EXISTS refunded_amount BIGINT NOT NULL DEFAULT 0 COMMENT 'merchants'' refunds of what was kept that succeeded';

-- The row of every merchant's refund is its intent's row (P11): same 16 bytes. Refused by a rule after its 202 it stands
-- here as failed, with the rule's code, and never passed the gate.
ALTER TABLE refunds
  ADD COLUMN IF NOT EXISTS merchant_refund_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT ''
    COMMENT 'empty: automatic',
  ADD COLUMN IF NOT EXISTS reason VARCHAR(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT '',
  ADD COLUMN IF NOT EXISTS log_offset BIGINT NULL COMMENT 'of its intent; NULL: automatic',
  ADD COLUMN IF NOT EXISTS in_gate BOOLEAN NOT NULL DEFAULT TRUE COMMENT 'counted in refund_gates, now or until it failed (P14)',
  -- Every refund that bears a number, refused ones too; whose the number is says refund_keys.
  ADD KEY IF NOT EXISTS by_number (merchant_id, merchant_refund_id);

-- Permanent uniqueness of (merchant, refund number). It crosses partitions: whoever commits first has it, the other
-- reads again and decides anew (P11).
CREATE TABLE IF NOT EXISTS refund_keys (
  key_hash          BINARY(16) NOT NULL PRIMARY KEY
    COMMENT 'first half of SHA-256 over "refund", 0, merchant (16 raw bytes), 0, number',
  refund_id         BINARY(16) NOT NULL,
  fingerprint       BINARY(12) NOT NULL COMMENT 'keyed hashes of payment_id, amount, reason, little endian (P2)'
) ENGINE=InnoDB;

-- An accepted refund whose number was already an equal refund's (P11).
CREATE TABLE IF NOT EXISTS refund_aliases (
  alias_id          BINARY(16) NOT NULL PRIMARY KEY,
  refund_id         BINARY(16) NOT NULL,
  partition_id      INT NOT NULL,
  log_offset        BIGINT NOT NULL,
  recorded_at_ms    BIGINT NOT NULL,
  KEY by_refund (refund_id)
) ENGINE=InnoDB;

-- A refund met on the log before its payment, or before that payment has ended as far as this database knows (P11): the
-- log was truncated or is read again. It has a 'held' verdict and its number's key, and is decided when that is known.
CREATE TABLE IF NOT EXISTS held_refunds (
  refund_id         BINARY(16) NOT NULL PRIMARY KEY,
  payment_id        BINARY(16) NOT NULL,
  log_offset        BIGINT NOT NULL,
  append_ms         BIGINT NOT NULL,
  record            MEDIUMBLOB NOT NULL COMMENT 'the original bytes',
  KEY by_payment (payment_id, log_offset)
) ENGINE=InnoDB;

ALTER TABLE refund_gates
  ADD COLUMN IF NOT EXISTS refunds INT NOT NULL DEFAULT 0 COMMENT 'merchants'' refunds that passed, whatever became of them';

ALTER TABLE intent_verdicts
  MODIFY kind ENUM('attempt','close','notification','refund') NOT NULL;
