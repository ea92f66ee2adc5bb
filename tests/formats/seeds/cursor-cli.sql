CREATE TABLE blobs (id TEXT PRIMARY KEY, data BLOB);
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT);
INSERT INTO blobs VALUES
 ('0101010101010101010101010101010101010101010101010101010101010101', CAST('{"role":"system","content":"You are an agent."}' AS BLOB)),
 ('0202020202020202020202020202020202020202020202020202020202020202', CAST('{"role":"user","content":"<user_info>\nOS Version: linux\nWorkspace Path: /home/dev/shop\n</user_info>"}' AS BLOB)),
 ('0303030303030303030303030303030303030303030303030303030303030303', CAST('{"role":"user","content":[{"type":"text","text":"<timestamp>Sunday</timestamp>\n<user_query>\nWhich port does the shop listen on?\n</user_query>"}]}' AS BLOB)),
 ('0404040404040404040404040404040404040404040404040404040404040404', CAST('{"role":"assistant","id":"1","content":[{"type":"reasoning","text":"Look."},{"type":"text","text":"I look."},{"type":"tool-call","toolCallId":"c1","toolName":"Grep","args":{"pattern":"PORT"}}]}' AS BLOB)),
 ('0505050505050505050505050505050505050505050505050505050505050505', CAST('{"role":"tool","content":[{"type":"tool-result","toolCallId":"c1","toolName":"Grep","result":"settings.py:PORT = 8080"}]}' AS BLOB)),
 ('0606060606060606060606060606060606060606060606060606060606060606', CAST('{"role":"assistant","id":"2","content":[{"type":"redacted-reasoning","data":"x","providerOptions":{"cursor":{"modelName":"model-a"}}},{"type":"text","text":"Port 8080."}]}' AS BLOB));
INSERT INTO blobs VALUES ('ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff', X'0A2001010101010101010101010101010101010101010101010101010101010101010A2002020202020202020202020202020202020202020202020202020202020202020A2003030303030303030303030303030303030303030303030303030303030303030A2004040404040404040404040404040404040404040404040404040404040404040A2005050505050505050505050505050505050505050505050505050505050505050A200606060606060606060606060606060606060606060606060606060606060606');
INSERT INTO meta VALUES ('0', lower(hex('{"agentId":"0199C0DE-0000-7000-8000-00000000000b","latestRootBlobId":"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
 "name":"The port of the shop","mode":"default","createdAt":1772352000000,"lastUsedModel":"default"}')));
