"""Whom to believe, and when: the rules that scanners and wallets share. Pure functions; the state is the roles' own."""
