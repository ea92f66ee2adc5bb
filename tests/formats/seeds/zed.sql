CREATE TABLE threads (id TEXT PRIMARY KEY, summary TEXT NOT NULL, updated_at TEXT NOT NULL, data_type TEXT NOT NULL,
    data BLOB NOT NULL, parent_id TEXT, folder_paths TEXT, folder_paths_order TEXT, created_at TEXT);
INSERT INTO threads VALUES ('5b6e-1', 'The port of the shop', '2026-03-01T08:00:09Z', 'json',
 CAST('{"version": "0.3.0", "title": "The port of the shop", "updated_at": "2026-03-01T08:00:09Z",
   "model": {"provider": "zed.dev", "model": "model-a"}, "messages": [
    {"User": {"id": "u1", "content": [{"Text": "Which port is in "},
      {"Mention": {"uri": {"File": {"abs_path": "/home/dev/shop/settings.py"}}, "content": "PORT = 8080"}},
      {"Text": "?"}]}},
    {"Agent": {"content": [{"Thinking": {"text": "Look.", "signature": null}}, {"Text": "I look."},
      {"ToolUse": {"id": "c1", "name": "grep", "raw_input": "{}", "input": {"pattern": "PORT"}, "is_input_complete": true}}],
      "tool_results": {"c1": {"tool_use_id": "c1", "tool_name": "grep", "is_error": false,
        "content": [{"Text": "settings.py:PORT = 8080"}], "output": null}}}},
    {"Agent": {"content": [{"Text": "Port 8080."}], "tool_results": {}}}, "Resume"]}' AS BLOB),
 NULL, '/home/dev/shop', '0', '2026-03-01T08:00:00Z');
