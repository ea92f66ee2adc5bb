CREATE TABLE project (id TEXT PRIMARY KEY, worktree TEXT NOT NULL);
CREATE TABLE session (id TEXT PRIMARY KEY, project_id TEXT, parent_id TEXT, title TEXT, directory TEXT, revert TEXT,
                      time_created INTEGER, time_updated INTEGER);
CREATE TABLE message (id TEXT PRIMARY KEY, session_id TEXT, time_created INTEGER, time_updated INTEGER, data TEXT);
CREATE TABLE part (id TEXT PRIMARY KEY, message_id TEXT, session_id TEXT, time_created INTEGER, data TEXT);
INSERT INTO session VALUES ('ses_1', 'p', NULL, 'Tea', '/home/ada/tea', NULL, 1767225600000, 1767225606000);
INSERT INTO message VALUES ('msg_1', 'ses_1', 1767225601000, 0, '{"role":"user","time":{"created":1767225601000}}'),
  ('msg_2', 'ses_1', 1767225602000, 0, '{"role":"assistant","parentID":"msg_1","modelID":"m","finish":"stop"}');
INSERT INTO part VALUES ('prt_1', 'msg_1', 'ses_1', 1, '{"type":"text","text":"How long does green tea draw?"}'),
  ('prt_2', 'msg_2', 'ses_1', 2, '{"type":"text","text":"Two minutes."}');
