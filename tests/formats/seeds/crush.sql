CREATE TABLE sessions (id TEXT PRIMARY KEY, parent_session_id TEXT, title TEXT NOT NULL, message_count INTEGER NOT NULL DEFAULT 0,
    prompt_tokens INTEGER NOT NULL DEFAULT 0, completion_tokens INTEGER NOT NULL DEFAULT 0, cost REAL NOT NULL DEFAULT 0.0,
    updated_at INTEGER NOT NULL, created_at INTEGER NOT NULL, summary_message_id TEXT);
CREATE TABLE messages (id TEXT PRIMARY KEY, session_id TEXT NOT NULL, role TEXT NOT NULL, parts TEXT NOT NULL DEFAULT '[]', model TEXT,
    created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, finished_at INTEGER, provider TEXT, is_summary_message INTEGER DEFAULT 0 NOT NULL);
INSERT INTO sessions VALUES ('shop', NULL, 'The port of the shop', 6, 0, 0, 0, 1772352000, 1772352000, NULL),
    ('shop$$t1', 'shop', 'A search', 1, 0, 0, 0, 1772352000, 1772352000, NULL);
INSERT INTO messages (id, session_id, role, parts, model, created_at, updated_at, is_summary_message) VALUES
    ('m1', 'shop', 'user', '[{"type":"text","data":{"text":"Which port does the shop listen on?"}},{"type":"finish","data":{"reason":"stop"}}]', NULL, 1772352000, 0, 0),
    ('m2', 'shop', 'assistant', '[{"type":"reasoning","data":{"thinking":"Look."}},{"type":"text","data":{"text":"I look."}},{"type":"tool_call","data":{"id":"c1","name":"grep","input":"{\"pattern\":\"PORT\"}","finished":true}},{"type":"finish","data":{"reason":"tool_use"}}]', 'model-a', 1772352001, 0, 0),
    ('m3', 'shop', 'tool', '[{"type":"tool_result","data":{"tool_call_id":"c1","name":"grep","content":"settings.py:PORT = 8080","is_error":false}}]', NULL, 1772352001, 0, 0),
    ('m4', 'shop', 'assistant', '[{"type":"text","data":{"text":"Port 8080."}},{"type":"finish","data":{"reason":"end_turn"}}]', 'model-a', 1772352002, 0, 0),
    ('m5', 'shop', 'assistant', '[{"type":"text","data":{"text":"They asked for the port."}}]', 'model-a', 1772352003, 0, 1),
    ('m6', 'shop', 'user', '[{"type":"text","data":{"text":"And this one?"}},{"type":"binary","data":{"path":"a.png","mime_type":"image/png","data":""}}]', NULL, 1772352004, 0, 0),
    ('m7', 'shop', 'assistant', '[{"type":"text","data":{"text":"It is"}},{"type":"finish","data":{"reason":"canceled"}}]', 'model-a', 1772352005, 0, 0),
    ('m8', 'shop$$t1', 'user', '[{"type":"text","data":{"text":"Search for PORT"}}]', NULL, 1772352000, 0, 0);
