CREATE TABLE sessions (id TEXT PRIMARY KEY, source TEXT, model TEXT, model_config TEXT, system_prompt TEXT,
    parent_session_id TEXT, started_at REAL, ended_at REAL, title TEXT, cwd TEXT);
CREATE TABLE messages (id INTEGER PRIMARY KEY AUTOINCREMENT, session_id TEXT, role TEXT, content TEXT, tool_call_id TEXT,
    tool_calls TEXT, tool_name TEXT, timestamp REAL, finish_reason TEXT, reasoning TEXT, observed INTEGER DEFAULT 0,
    active INTEGER DEFAULT 1);
INSERT INTO sessions VALUES ('20260301_080000_ab12cd34', 'cli', 'model-a', '{}', 'You are Hermes.', NULL, 1772352000.0,
    NULL, 'Port', '/home/dev/shop');
INSERT INTO messages (session_id, role, content, tool_call_id, tool_calls, tool_name, timestamp, finish_reason, reasoning)
VALUES
    ('20260301_080000_ab12cd34', 'user', 'Which port does the shop listen on?', NULL, NULL, NULL, 1772352001.0, NULL, NULL),
    ('20260301_080000_ab12cd34', 'assistant', '', NULL,
     '[{"id": "c1", "function": {"name": "terminal", "arguments": "{\"command\": \"grep PORT settings.py\"}"}}]',
     NULL, 1772352002.0, 'tool_calls', 'Look.'),
    ('20260301_080000_ab12cd34', 'tool', 'PORT = 8080', 'c1', NULL, 'terminal', 1772352003.0, NULL, NULL),
    ('20260301_080000_ab12cd34', 'assistant', 'Port 8080.', NULL, NULL, NULL, 1772352004.0, 'stop', NULL);
