CREATE TABLE chat (id VARCHAR(255) PRIMARY KEY, user_id VARCHAR(255), title TEXT, chat JSON, created_at BIGINT,
                   updated_at BIGINT, share_id TEXT, archived BOOLEAN, pinned BOOLEAN, meta JSON, folder_id TEXT);
INSERT INTO chat (id, user_id, title, chat, created_at) VALUES ('c1', 'me', 'Tea', '{"models": ["llama3"], "history":
 {"currentId": "a1", "messages": {"u1": {"id": "u1", "parentId": null, "role": "user", "content": "How long?"},
  "a1": {"id": "a1", "parentId": "u1", "role": "assistant", "content": "Two minutes.", "done": true}}}}', 1767225600);
