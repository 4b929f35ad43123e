"""HTTP and the document: statuses, media types, problems, refusals, caching, versions, quotas, webhooks."""
