"""Password hashes and signed tokens: the two places where a secret is turned into proof."""
