CREATE TABLE session_nodes (session_key TEXT PRIMARY KEY, label TEXT, display_name TEXT);
CREATE TABLE session_windows (session_id TEXT PRIMARY KEY, session_key TEXT);
CREATE TABLE transcript_events (session_id TEXT, seq INTEGER, event_json TEXT, created_at INTEGER, event_zstd BLOB,
    PRIMARY KEY (session_id, seq));
INSERT INTO session_nodes VALUES ('agent:main:main', 'The shop', NULL);
INSERT INTO session_windows VALUES ('5b6e-1', 'agent:main:main'), ('5b6e-2', 'agent:main:subagent:7c1e');
INSERT INTO transcript_events (session_id, seq, event_json, created_at) VALUES
    ('5b6e-1', 3, '{"type":"message","id":"a1","parentId":"u1","timestamp":"2026-10-01T08:00:02.000Z","message":{"role":"assistant","content":[{"type":"text","text":"Port 8080."}],"model":"model-a","stopReason":"stop"}}', 3),
    ('5b6e-1', 1, '{"type":"session","version":4,"id":"5b6e-1","timestamp":"2026-10-01T08:00:00.000Z","cwd":"/home/dev/shop"}', 1),
    ('5b6e-1', 2, '{"type":"message","id":"u1","parentId":null,"timestamp":"2026-10-01T08:00:01.000Z","message":{"role":"user","content":"Which port?"}}', 2),
    ('5b6e-1', 4, '{"type":"leaf","id":"l1","parentId":"a1","targetId":"a1"}', 4),
    ('5b6e-2', 1, '{"type":"session","version":4,"id":"5b6e-2","timestamp":"2026-10-01T08:00:00.000Z","cwd":"/home/dev/shop"}', 1),
    ('5b6e-2', 2, '{"type":"message","id":"u1","parentId":null,"timestamp":"2026-10-01T08:00:01.000Z","message":{"role":"user","content":"Find the port."}}', 2),
    ('5b6e-2', 3, '{"type":"message","id":"a1","parentId":"u1","timestamp":"2026-10-01T08:00:02.000Z","message":{"role":"assistant","content":"It is 8080.","model":"model-a","stopReason":"stop"}}', 3);
