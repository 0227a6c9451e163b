-- +goose Up

-- When the latest receipt about an envelope of ours came. Only what it had said before stands in exchange_out_receipt.
ALTER TABLE exchange_out ADD COLUMN answered BIGINT NOT NULL DEFAULT 0;

-- A place is looked for whatever became of it: a change of state leaves this index alone, and what was replaced is found
-- by it too. That a place is given once is asked when a row is added, by one writer at a time.
DROP INDEX exchange_out_place;
DROP INDEX exchange_out_replaced;
CREATE INDEX exchange_out_place ON exchange_out (thread, side, seq) WHERE thread <> '';

-- exchange_in_place finds what took effect or waits; the few others have an index of their own.
DROP INDEX exchange_in_thread;
CREATE INDEX exchange_in_other ON exchange_in (thread, side, seq) WHERE thread <> '' AND state IN ('refused', 'expired');

-- A receipt finds its message by the thread.
DROP INDEX message_envelope;

-- Nobody read these.
DROP INDEX task_desk;
DROP INDEX task_user;

-- What is over is looked for by its identifier only.
DROP INDEX task_object;
CREATE INDEX task_open ON task (object, id) WHERE state = 'open';

-- What was told, failed or is over says the log. What waits is little, and read whole.
DELETE FROM notice WHERE state <> 'queued';
DROP INDEX notice_due;

-- Rows of one moment are sorted when they are read; an index that ends with identifiers is four times as wide.
DROP INDEX exchange_out_recipient;
CREATE INDEX exchange_out_recipient ON exchange_out (recipient, created);
DROP INDEX exchange_in_sender;
CREATE INDEX exchange_in_sender ON exchange_in (sender, received);
DROP INDEX message_thread;
CREATE INDEX message_thread ON message (thread_id, at);

-- The bytes of what arrived rest beside what is known of it; exchange_in_body is left for dumps of before.
ALTER TABLE exchange_in ADD COLUMN body BYTEA NOT NULL DEFAULT '';
UPDATE exchange_in SET body = b.body FROM exchange_in_body b WHERE b.id = exchange_in.id;
DELETE FROM exchange_in_body;
CREATE INDEX exchange_in_consent ON exchange_in (sender, consent) WHERE consent <> '';

-- The bytes of what leaves are numbered in their order, so that they need no index. exchange_out_body is left for dumps of
-- before.
CREATE TABLE exchange_out_bytes ( -- content
    number BIGINT PRIMARY KEY,
    id     TEXT   NOT NULL,
    body   BYTEA  NOT NULL
);
INSERT INTO exchange_out_bytes (number, id, body) SELECT ROW_NUMBER() OVER (ORDER BY id), id, body FROM exchange_out_body;
ALTER TABLE exchange_out ADD COLUMN bytes BIGINT NOT NULL DEFAULT 0;
UPDATE exchange_out SET bytes = exchange_out_bytes.number FROM exchange_out_bytes WHERE exchange_out_bytes.id = exchange_out.id;
DELETE FROM exchange_out_body;
