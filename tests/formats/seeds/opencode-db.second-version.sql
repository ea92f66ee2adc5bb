CREATE TABLE project (id TEXT PRIMARY KEY, worktree TEXT NOT NULL);
CREATE TABLE session_v2 (id TEXT PRIMARY KEY, project_id TEXT, parent_id TEXT, slug TEXT, directory TEXT, title TEXT,
                         version TEXT, revert TEXT, time_created INTEGER, time_updated INTEGER);
CREATE TABLE session_message (id TEXT PRIMARY KEY, session_id TEXT, type TEXT, seq INTEGER, time_created INTEGER,
                              time_updated INTEGER, data TEXT);
INSERT INTO session_v2 VALUES ('ses_1', 'p', NULL, 'tea', '/home/ada/tea', 'Tea', '2.0.12', NULL, 1767225600000, 0);
INSERT INTO session_message VALUES
 ('msg_0', 'ses_1', 'model-switched', 1, 0, 0, '{"time":{"created":1767225600000},"model":{"id":"m"}}'),
 ('msg_1', 'ses_1', 'user', 2, 0, 0, '{"time":{"created":1767225601000},"text":"How long does tea draw?","files":[]}'),
 ('msg_2', 'ses_1', 'assistant', 3, 0, 0, '{"time":{"created":1767225602000,"completed":1767225603000},"agent":"build",
   "model":{"id":"m","providerID":"p"},"finish":"tool-calls","content":[{"type":"reasoning","text":"I look."},
   {"type":"tool","id":"c1","name":"grep","state":{"status":"completed","input":{"pattern":"tea"},
    "content":[{"type":"text","text":"tea: 2 min"}]},"time":{"created":1767225602500,"completed":1767225602900}}]}'),
 ('msg_3', 'ses_1', 'assistant', 4, 0, 0, '{"time":{"created":1767225604000,"completed":1767225605000},"agent":"build",
   "model":{"id":"m","providerID":"p"},"finish":"stop","content":[{"type":"text","text":"Two minutes."}]}'),
 ('msg_4', 'ses_1', 'idle', 5, 0, 0, '{"time":{"created":1767225606000},"outcome":"succeeded"}');
