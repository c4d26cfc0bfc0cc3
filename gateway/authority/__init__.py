"""Who asks, and whether they may: tokens, live sessions, cross-site requests, maintenance mode."""
