"""Who may see what: credentials, scopes, tenants, personal data, other origins."""
