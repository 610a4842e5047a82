-- Everything received since then is kept, in milliseconds since the epoch: ids in the ledger, and raw rows. What may have been received before it is not
-- told from what was counted already, and is refused, however long events are kept now. Raised before anything is deleted, never lowered.
--
-- What was deleted until now is only known by what is left. Ids were kept for two days at the least, so a service that is younger has deleted none.
INSERT INTO "counter" ("name", "value")
SELECT 'kept_since', CASE
  WHEN (SELECT min("at") FROM "audit_entry") < now() - interval '2 days'
  THEN extract(epoch FROM least((SELECT min("received_at") FROM "event_ledger"), now() - interval '2 days')) * 1000
  ELSE 0
END;
