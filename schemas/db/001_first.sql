-- The first schema. MariaDB 10.11, InnoDB. Times are Unix milliseconds. Ids are UUIDv7 in BINARY(16): time-ordered
-- leading keys, because random ones ran ten to forty times slower once the data outgrew memory.

CREATE TABLE merchants (
  merchant_id       BINARY(16)   NOT NULL PRIMARY KEY,
  name              VARCHAR(128) NOT NULL,
  currency          CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  status            ENUM('active','suspended') NOT NULL DEFAULT 'active',
  webhook_secret    VARBINARY(256) NOT NULL COMMENT 'sealed, context webhook:<merchant_id text>',
  created_at_ms     BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE merchant_keys (
  key_id            VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  merchant_id       BINARY(16) NOT NULL,
  algorithm         ENUM('hmac-sha256') NOT NULL,
  secret            VARBINARY(256) NOT NULL COMMENT 'sealed, context key:<key_id>',
  created_at_ms     BIGINT NOT NULL,
  expires_at_ms     BIGINT NOT NULL DEFAULT 0 COMMENT '0: never',
  KEY by_merchant (merchant_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- One row. Raised by every transaction that changes merchants or keys; gateways read it each second.
CREATE TABLE merchant_revision (
  id                TINYINT NOT NULL PRIMARY KEY,
  revision          BIGINT NOT NULL
) ENGINE=InnoDB;
INSERT INTO merchant_revision VALUES (1, 1);

-- Day keys of payment codes (P24), sealed under the master key; destroyed after 48 hours.
CREATE TABLE code_keys (
  day               INT NOT NULL PRIMARY KEY COMMENT 'days since 1970-01-01 UTC',
  code_key          VARBINARY(128) NOT NULL COMMENT 'sealed, context code_key:<day>'
) ENGINE=InnoDB;

-- A partition's writer compares and moves this row in every transaction (P9).
CREATE TABLE partition_cursors (
  partition_id      INT NOT NULL PRIMARY KEY,
  topic_id          BINARY(16) NOT NULL,
  next_offset       BIGINT NOT NULL,
  last_intent_id    BINARY(16) NOT NULL COMMENT 'of the record at next_offset - 1; zeros: none yet, or unreadable (P10)',
  owner             VARCHAR(64) NOT NULL,
  owner_epoch       BIGINT NOT NULL,
  lease_until_ms    BIGINT NOT NULL COMMENT 'database clock (P19)',
  version           BIGINT NOT NULL,
  watermark         BIGINT NOT NULL COMMENT 'below it every item is ended and told, or in open_items (P17)',
  stopped_by        BIGINT NULL COMMENT 'the incident that stops this partition until it is resolved (P10)'
) ENGINE=InnoDB;

CREATE TABLE payments (
  payment_id        BINARY(16) NOT NULL PRIMARY KEY,
  partition_id      INT NOT NULL,
  log_offset        BIGINT NOT NULL,
  merchant_id       BINARY(16) NOT NULL,
  merchant_order_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  attempt           INT NOT NULL,
  amount            BIGINT NOT NULL,
  currency          CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  method            ENUM('barcode','qr') NOT NULL,
  state             ENUM('accepted','processing','awaiting_payer','succeeded','declined','closed','refused','unknown') NOT NULL,
  sequence          INT NOT NULL,
  created_at_ms     BIGINT NOT NULL,
  updated_at_ms     BIGINT NOT NULL,
  expires_at_ms     BIGINT NOT NULL,
  sent_at_ms        BIGINT NOT NULL COMMENT 'a charge may have left for the channel at this time (P18); 0: never',
  unknown_since_ms  BIGINT NOT NULL,
  next_query_at_ms  BIGINT NOT NULL,
  queries           INT NOT NULL,
  told_sequence     INT NOT NULL COMMENT 'last sequence acknowledged by the merchant, or owed to nobody',
  tell_attempts     INT NOT NULL,
  next_tell_at_ms   BIGINT NOT NULL,
  decline_code      VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  channel_reference VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  code_url          VARCHAR(256) NOT NULL,
  sealed_code       VARBINARY(128) NOT NULL COMMENT 'P24; erased when the attempt ends',
  description       VARCHAR(512) NOT NULL,
  callback_url      VARCHAR(1024) NOT NULL,
  metadata          VARCHAR(8192) NOT NULL COMMENT 'JSON object as text, in the order sent',
  UNIQUE KEY by_position (partition_id, log_offset)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Permanent uniqueness of (merchant, number, attempt): the current period stays in memory, older ones are asked too.
CREATE TABLE payment_keys (
  period            INT NOT NULL COMMENT 'year * 100 + month of acceptance, UTC',
  key_hash          BINARY(16) NOT NULL COMMENT 'first half of SHA-256 over merchant, number and attempt',
  payment_id        BINARY(16) NOT NULL,
  fingerprint       BINARY(28) NOT NULL COMMENT 'seven 32-bit keyed field hashes, little endian (P2)',
  PRIMARY KEY (period, key_hash)
) ENGINE=InnoDB;
CREATE TABLE payment_key_periods (period INT NOT NULL PRIMARY KEY) ENGINE=InnoDB;

-- An accepted create whose number was already an equal payment's (P11).
CREATE TABLE payment_aliases (
  alias_id          BINARY(16) NOT NULL PRIMARY KEY,
  payment_id        BINARY(16) NOT NULL,
  partition_id      INT NOT NULL,
  log_offset        BIGINT NOT NULL,
  recorded_at_ms    BIGINT NOT NULL,
  KEY by_payment (payment_id)
) ENGINE=InnoDB;

-- What is still owed something after a few seconds (P17); narrow, so that the watermark can move on.
CREATE TABLE open_items (
  payment_id        BINARY(16) NOT NULL PRIMARY KEY,
  partition_id      INT NOT NULL,
  due_at_ms         BIGINT NOT NULL,
  KEY by_due (partition_id, due_at_ms)
) ENGINE=InnoDB;

CREATE TABLE dead_letters (
  topic_id          BINARY(16) NOT NULL,
  partition_id      INT NOT NULL,
  log_offset        BIGINT NOT NULL,
  intent_id         BINARY(16) NULL COMMENT 'where it could be read: the merchant sees it as processing',
  code              VARCHAR(32) NOT NULL,
  reason            VARCHAR(512) NOT NULL,
  record            MEDIUMBLOB NOT NULL COMMENT 'the original bytes',
  recorded_at_ms    BIGINT NOT NULL,
  PRIMARY KEY (topic_id, partition_id, log_offset),
  KEY by_intent (intent_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE incidents (
  incident_id       BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  kind              ENUM('gap','log_moved_back','topic_changed','intent_differs','mismatch','contradiction') NOT NULL,
  partition_id      INT NOT NULL,
  from_offset       BIGINT NULL,
  to_offset         BIGINT NULL COMMENT 'exclusive',
  payment_id        BINARY(16) NULL,
  detail            VARCHAR(512) NOT NULL,
  opened_at_ms      BIGINT NOT NULL,
  resolved_at_ms    BIGINT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE operators (
  name              VARCHAR(64) NOT NULL PRIMARY KEY,
  token_sha256      BINARY(32) NOT NULL,
  created_at_ms     BIGINT NOT NULL,
  UNIQUE KEY by_token (token_sha256)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- No audit, no action: written in the transaction of the act itself.
CREATE TABLE audit_entries (
  audit_id          BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  at_ms             BIGINT NOT NULL,
  operator          VARCHAR(64) NOT NULL,
  act               VARCHAR(64) NOT NULL,
  subject           VARCHAR(128) NOT NULL,
  detail            VARCHAR(512) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
