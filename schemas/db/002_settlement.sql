-- Attempts, closes, refunds by ourselves, verdicts by intent id, and what an operator's act leaves behind.

ALTER TABLE payments
  MODIFY state ENUM('accepted','processing','awaiting_payer','succeeded','declined','closed','refused','unknown',
                    'reversed') NOT NULL,
  ADD COLUMN close_state ENUM('none','asked','closed','refused') NOT NULL DEFAULT 'none',
  ADD COLUMN close_code VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
  -- Not unique any more: a log that was truncated, or a topic made anew, uses its offsets again (P10).
  DROP KEY by_position,
  ADD KEY by_position (partition_id, log_offset);

-- Attempts that have ended and were followed by another one. The newest attempt is the payment's own row.
CREATE TABLE payment_attempts (
  payment_id        BINARY(16) NOT NULL,
  attempt           INT NOT NULL,
  state             ENUM('declined','closed') NOT NULL,
  method            ENUM('barcode','qr') NOT NULL,
  decline_code      VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  channel_reference VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  ended_at_ms       BIGINT NOT NULL,
  PRIMARY KEY (payment_id, attempt)
) ENGINE=InnoDB;

-- Every consumed intent leaves a row under its own id (P11). A first attempt's row is in payments, payment_aliases or
-- dead_letters; all others have theirs here. A close that came before its payment is 'held'.
CREATE TABLE intent_verdicts (
  intent_id         BINARY(16) NOT NULL PRIMARY KEY,
  kind              ENUM('attempt','close','notification') NOT NULL,
  payment_id        BINARY(16) NOT NULL COMMENT 'zeros: not known, the close is held',
  partition_id      INT NOT NULL,
  log_offset        BIGINT NOT NULL,
  verdict           ENUM('applied','alias','refused','held') NOT NULL,
  code              VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  recorded_at_ms    BIGINT NOT NULL,
  KEY by_payment (payment_id)
) ENGINE=InnoDB;

-- An attempt met on the log before the one before it has ended: only when the log is read again into a database that has
-- forgotten how that one ended (P20). It begins, or is refused, when that is known again.
CREATE TABLE held_attempts (
  payment_id        BINARY(16) NOT NULL,
  attempt           INT NOT NULL,
  log_offset        BIGINT NOT NULL,
  append_ms         BIGINT NOT NULL,
  record            MEDIUMBLOB NOT NULL COMMENT 'the original bytes',
  close_asked       BOOLEAN NOT NULL DEFAULT FALSE,
  PRIMARY KEY (payment_id, attempt)
) ENGINE=InnoDB;

-- The gate of refunds (P14): one row per successful attempt that money was asked back of, made with its first refund.
CREATE TABLE refund_gates (
  payment_id        BINARY(16) NOT NULL,
  attempt           INT NOT NULL,
  captured          BIGINT NOT NULL,
  refunding         BIGINT NOT NULL,
  refunded          BIGINT NOT NULL,
  PRIMARY KEY (payment_id, attempt),
  CHECK (refunding >= 0 AND refunded >= 0 AND refunding + refunded <= captured)
) ENGINE=InnoDB;

CREATE TABLE refunds (
  refund_id         BINARY(16) NOT NULL PRIMARY KEY,
  payment_id        BINARY(16) NOT NULL,
  attempt           INT NOT NULL,
  origin            ENUM('automatic','merchant') NOT NULL,
  partition_id      INT NOT NULL,
  merchant_id       BINARY(16) NOT NULL,
  merchant_order_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  amount            BIGINT NOT NULL,
  currency          CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  state             ENUM('accepted','processing','succeeded','failed','unknown') NOT NULL,
  code              VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'why it failed',
  channel_reference VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  created_at_ms     BIGINT NOT NULL,
  updated_at_ms     BIGINT NOT NULL,
  sent_at_ms        BIGINT NOT NULL COMMENT 'may have left for the channel at this time (P18); 0: never',
  queries           INT NOT NULL,
  due_at_ms         BIGINT NULL COMMENT 'when it needs attention next; NULL: nothing is owed',
  UNIQUE KEY by_payment (payment_id, attempt, refund_id),
  KEY by_due (partition_id, due_at_ms)
) ENGINE=InnoDB;

ALTER TABLE incidents
  MODIFY kind ENUM('gap','log_moved_back','topic_changed','intent_differs','mismatch','contradiction',
                   'refund_failed') NOT NULL,
  ADD COLUMN resolved_by VARCHAR(64) NULL,
  ADD COLUMN resolution VARCHAR(512) NULL COMMENT 'the operator''s reason',
  ADD KEY by_payment (payment_id),
  ADD KEY unresolved (resolved_at_ms);

ALTER TABLE dead_letters
  ADD COLUMN replays INT NOT NULL DEFAULT 0,
  ADD COLUMN replayed_at_ms BIGINT NULL;

-- The audit is a chain: each entry's hash covers the one before it, so that a changed or missing entry shows.
ALTER TABLE audit_entries
  ADD COLUMN reason VARCHAR(512) NOT NULL DEFAULT '',
  ADD COLUMN entry_hash BINARY(32) NULL COMMENT 'SHA-256 over the previous entry''s hash and this entry; NULL: before the chain';
CREATE TABLE audit_head (
  id                TINYINT NOT NULL PRIMARY KEY,
  entry_hash        BINARY(32) NOT NULL
) ENGINE=InnoDB;
INSERT INTO audit_head VALUES (1, REPEAT(CHAR(0), 32));
