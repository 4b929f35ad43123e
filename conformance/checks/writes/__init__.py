"""What a write leaves behind: entity tags, idempotency keys, reading what was written, texts that come back."""
