-- A merchant's list, newest first: payment ids begin with their time, so each merchant's part of the index grows at its
-- end, and no update ever touches it. A filter by state looks at the rows.

ALTER TABLE payments
  ADD KEY IF NOT EXISTS by_merchant (merchant_id, payment_id);
