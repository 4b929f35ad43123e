"""Texts that came from elsewhere: files handed to us, JSON read strictly, pointers into it. Nothing here knows what a text is about."""
