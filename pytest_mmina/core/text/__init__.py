"""How texts and URLs are compared."""
