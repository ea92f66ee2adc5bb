CREATE TABLE schema_version (version INTEGER PRIMARY KEY);
CREATE TABLE sessions (id TEXT PRIMARY KEY, name TEXT NOT NULL DEFAULT '', description TEXT NOT NULL DEFAULT '', session_type TEXT NOT NULL DEFAULT 'user',
    working_dir TEXT NOT NULL, created_at TIMESTAMP, updated_at TIMESTAMP, provider_name TEXT, model_config_json TEXT);
CREATE TABLE messages (id INTEGER PRIMARY KEY AUTOINCREMENT, message_id TEXT, session_id TEXT NOT NULL, role TEXT NOT NULL, content_json TEXT NOT NULL,
    created_timestamp INTEGER NOT NULL, timestamp TIMESTAMP, tokens INTEGER, metadata_json TEXT);
INSERT INTO sessions VALUES ('20260301_1', 'The port of the shop', '', 'user', '/home/dev/shop', '2026-03-01 08:00:00', '', 'x', '{"model_name":"model-a"}'),
    ('20260301_2', 'A search', '', 'sub_agent', '/home/dev/shop', '2026-03-01 08:00:00', '', 'x', NULL);
INSERT INTO messages (message_id, session_id, role, content_json, created_timestamp, metadata_json) VALUES
    ('m1', '20260301_1', 'user', '[{"type":"text","text":"Which port does the shop listen on?"}]', 1772352000, '{"userVisible":true,"agentVisible":true}'),
    (NULL, '20260301_1', 'user', '[{"type":"text","text":"<info-msg>It is Sunday</info-msg>"}]', 1772352000, '{"userVisible":false,"agentVisible":true,"turnContext":true}'),
    ('m2', '20260301_1', 'assistant', '[{"type":"thinking","thinking":"Look.","signature":""},{"type":"text","text":"I look."},{"type":"toolRequest","id":"c1","toolCall":{"status":"success","value":{"name":"developer__shell","arguments":{"command":"grep PORT"}}}}]', 1772352001, '{}'),
    ('m3', '20260301_1', 'user', '[{"type":"toolResponse","id":"c1","toolResult":{"status":"success","value":{"content":[{"type":"text","text":"settings.py:PORT = 8080"}],"isError":false}}}]', 1772352002, '{}'),
    ('m4', '20260301_1', 'assistant', '[{"type":"text","text":"Port 8080."}]', 1772352003, NULL),
    ('m5', '20260301_1', 'assistant', '[{"type":"conversationCompacted","msg":"x"}]', 1772352004, NULL),
    ('m6', '20260301_1', 'user', '[{"type":"text","text":"And this one?"},{"type":"image","data":"","mimeType":"image/png"}]', 1772352005, NULL),
    ('m7', '20260301_2', 'user', '[{"type":"text","text":"Search for PORT"}]', 1772352000, NULL);
