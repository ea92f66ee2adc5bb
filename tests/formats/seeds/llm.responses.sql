CREATE TABLE conversations (id TEXT PRIMARY KEY, name TEXT, model TEXT);
CREATE TABLE responses (id TEXT PRIMARY KEY, model TEXT, prompt TEXT, system TEXT, response TEXT, conversation_id TEXT,
                        datetime_utc TEXT, reasoning TEXT);
CREATE TABLE tool_calls (id INTEGER PRIMARY KEY, response_id TEXT, name TEXT, arguments TEXT, tool_call_id TEXT);
CREATE TABLE tool_results (id INTEGER PRIMARY KEY, response_id TEXT, name TEXT, output TEXT, tool_call_id TEXT);
INSERT INTO conversations VALUES ('c1', 'Tea', 'm');
INSERT INTO responses VALUES ('r1', 'm', 'How long?', 'Be brief.', '', 'c1', '2026-01-01T00:00:00', 'Green.'),
  ('r2', 'm', '', 'Be brief.', 'Two minutes.', 'c1', '2026-01-01T00:00:05', NULL);
INSERT INTO tool_calls VALUES (1, 'r1', 'clock', '{"zone": "UTC"}', 't1');
INSERT INTO tool_results VALUES (1, 'r2', 'clock', 'noon', 't1');
