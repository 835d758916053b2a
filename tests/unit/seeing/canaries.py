"""Secrets that nobody has, in every shape that could come into a log, with the line that it comes in."""

OWN = "Zk3vQ0n8TqLm5xYb2WcRf7HsJp1DgUa9eK4iOtVhN6w"
PASSWORD = "canary-Tr0ub4dor&3"
FIELD = "canary12345-0123456789abcdef"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.c2lnbmF0dXJlLWNhbmFyeQ"
PEM = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC"
SENDGRID = "SG.canaryabcdefghijklm.canaryabcdefghijklmnopq"
CANARIES = [
    (OWN, f"GET /sign-in?token={OWN} HTTP/1.1"),
    (OWN, f"the hash of {OWN} is unknown"),
    (OWN, f"headers: {{'Authorization': 'Bearer {OWN}', 'Accept': '*/*'}}"),
    (OWN, f"Authorization: Bearer {OWN}"),
    (OWN, f"authorization=Basic {OWN}"),
    (OWN, f"[(b'authorization', b'Bearer {OWN}')]"),
    (OWN, f"Cookie: countersign-8710={OWN}; other=1"),
    (OWN, f"Set-Cookie: countersign-8710={OWN}; HttpOnly"),
    (PASSWORD, f"postgresql://countersign_desk:{PASSWORD}@db.example.com/countersign"),
    (PASSWORD, f"connection refused: host=db user=desk password={PASSWORD} dbname=x"),
    (PASSWORD, f'{{"password": "{PASSWORD}", "user": "ada"}}'),
    (PASSWORD, f"{{'db_password': '{PASSWORD}'}}"),
    (FIELD, f"{{'consumer_key': 'x', 'api_key': '{FIELD}'}}"),
    (FIELD, f"api-key: {FIELD}"),
    (FIELD, f"client_secret={FIELD}&grant_type=x"),
    (FIELD, f"X-Api-Key: {FIELD}"),
    (FIELD, f"X-Vault-Token: {FIELD}"),
    ("123456", "otp=123456"),
    ("JBSWY3DPEHPK3PXP", "otpauth://totp/Countersign:Ada?secret=JBSWY3DPEHPK3PXP&issuer=x"),
    (JWT, f"got {JWT} from the service"),
    (PEM, f"-----BEGIN PRIVATE KEY-----\n{PEM}\n-----END PRIVATE KEY-----"),
    (PEM, f"-----BEGIN RSA PRIVATE KEY-----\n{PEM}"),
    (SENDGRID, f"could not send with {SENDGRID}."),
    ("AKIAIOSFODNN7CANARY1", "AKIAIOSFODNN7CANARY1 may not"),
    ("ghp_canarycanarycanary1234", "remote: ghp_canarycanarycanary1234"),
    ("sk-ant-canary-0123456789abcdef", "model: sk-ant-canary-0123456789abcdef"),
    ("sk_live_canary0123456789", "charge by sk_live_canary0123456789 failed"),
    ("xoxb-canary-0123456789", "slack says xoxb-canary-0123456789 is revoked"),
    ("hvs.canary0123456789abcdef", "vault: hvs.canary0123456789abcdef"),
    ("s.cAnary0123456789abcdefgh", "openbao: s.cAnary0123456789abcdefgh"),
    ("AIzacanary0123456789abcdefghijklmnopqrst", "AIzacanary0123456789abcdefghijklmnopqrst"),
]
"""(The secret, a line with it.)"""
HARMLESS = [
    "sample/3 was approved by Ada",
    "case 6f1c7a52-1c5e-4d59-8df5-26c4f9d6c0aa, run 4242, 3 tokens of memory",
    f"plan {'0123456789abcdef' * 4} is what was approved",
    "http://127.0.0.1:4210/api/flow_runs/6f1c7a52-1c5e-4d59-8df5-26c4f9d6c0aa/resume",
    "the database does not answer (OperationalError); again in a second",
]
