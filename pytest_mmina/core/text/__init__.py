"""How texts and addresses are compared."""
