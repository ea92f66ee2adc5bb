CREATE TABLE threads (id TEXT PRIMARY KEY, name TEXT, tip_message_hash TEXT, forked_from TEXT, datetime_utc TEXT);
CREATE TABLE turns (id TEXT PRIMARY KEY, thread_id TEXT, parent_message_hash TEXT, tip_message_hash TEXT, model TEXT,
                    resolved_model TEXT, datetime_utc TEXT);
CREATE TABLE messages (hash TEXT PRIMARY KEY, parent_hash TEXT, role TEXT, provider_metadata TEXT);
CREATE TABLE parts (id INTEGER PRIMARY KEY, message_hash TEXT, position INTEGER, type TEXT, tool_name TEXT, text TEXT,
                    payload TEXT);
CREATE TABLE fragments (id INTEGER PRIMARY KEY, hash TEXT, content TEXT);
INSERT INTO fragments VALUES (1, 'f', 'A tale of tea.');
INSERT INTO threads VALUES ('t1', 'Tea', 'm5', NULL, '2026-01-01T00:00:00');
INSERT INTO turns VALUES ('u1', 't1', 'm1', 'm2', 'm', NULL, '2026-01-01T00:00:00'),
  ('u2', 't1', 'm4', 'm5', 'm', NULL, '2026-01-01T00:00:05');
INSERT INTO messages VALUES ('m0', NULL, 'system', NULL), ('m1', 'm0', 'user', NULL), ('m2', 'm1', 'assistant', NULL),
  ('m3', 'm2', 'tool', NULL), ('m4', 'm3', 'user', NULL), ('m5', 'm4', 'assistant', NULL);
INSERT INTO parts VALUES (1, 'm0', 0, 'text', NULL, 'Be brief.', NULL), (2, 'm1', 0, 'text', NULL, 'What time is it?', NULL),
  (3, 'm2', 0, 'reasoning', NULL, 'A clock.', NULL),
  (4, 'm2', 1, 'tool_call', 'clock', NULL, '{"name": "clock", "arguments": {"zone": "UTC"}, "tool_call_id": "c1"}'),
  (5, 'm3', 0, 'tool_result', 'clock', NULL, '{"name": "clock", "output": "noon", "tool_call_id": "c1"}'),
  (6, 'm4', 0, 'text', NULL, NULL, '{"text_ref": [{"fragment": 1}, {"literal": " Short?"}]}'),
  (7, 'm5', 0, 'text', NULL, 'Yes.', NULL);
