CREATE TABLE conversations (key TEXT PRIMARY KEY, value TEXT);
CREATE TABLE conversations_v2 (key TEXT NOT NULL, conversation_id TEXT NOT NULL, value TEXT NOT NULL,
    created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, PRIMARY KEY (key, conversation_id));
INSERT INTO conversations_v2 VALUES ('/home/dev/shop', '33333333-dddd-eeee-ffff-444444444444',
 '{"conversation_id": "33333333-dddd-eeee-ffff-444444444444", "model_info": {"model_id": "auto"}, "history": [
  {"user": {"timestamp": "2026-03-01T08:00:01Z", "content": {"Prompt": {"prompt": "Which port does the shop listen on?"}}},
   "assistant": {"ToolUse": {"message_id": "a1", "content": "I look.",
     "tool_uses": [{"id": "c1", "name": "grep", "args": {"pattern": "PORT"}}]}},
   "request_metadata": {"model_id": "model-a"}},
  {"user": {"timestamp": "2026-03-01T08:00:03Z", "content": {"ToolUseResults": {"tool_use_results": [
     {"tool_use_id": "c1", "status": "Success", "content": [{"Text": "settings.py:PORT = 8080"}]}]}}},
   "assistant": {"Response": {"message_id": "a2", "content": "Port 8080."}}}]}', 1772352000000, 1772352004000);
