CREATE TABLE ItemTable (key TEXT UNIQUE ON CONFLICT REPLACE, value BLOB);
CREATE TABLE cursorDiskKV (key TEXT UNIQUE ON CONFLICT REPLACE, value BLOB);
INSERT INTO cursorDiskKV VALUES
 ('composerData:s1', '{"composerId": "s1", "name": "Tea", "createdAt": 1767225600000, "modelConfig": {"modelName": "m"},
   "fullConversationHeadersOnly": [{"bubbleId": "b1", "type": 1}, {"bubbleId": "b2", "type": 2}, {"bubbleId": "b3", "type": 2}]}'),
 ('bubbleId:s1:b1', '{"type": 1, "bubbleId": "b1", "text": "How long?", "createdAt": "2026-01-01T00:00:01.000Z"}'),
 ('bubbleId:s1:b2', '{"type": 2, "bubbleId": "b2", "text": "", "thinking": {"text": "Green."}, "toolFormerData":
   {"name": "read_file", "toolCallId": "t1", "status": "completed", "rawArgs": "{\"path\": \"tea.md\"}", "result": "{\"contents\": \"2 min\"}"}}'),
 ('bubbleId:s1:b3', '{"type": 2, "bubbleId": "b3", "text": "Two minutes."}');
INSERT INTO ItemTable VALUES ('workbench.panel.aichat.view.aichat.chatdata', '{"tabs": [{"tabId": "t1", "chatTitle": "Old",
 "bubbles": [{"type": "user", "id": "u1", "text": "How hot?"}, {"type": "ai", "id": "a1", "rawText": "80 degrees."}]}]}');
