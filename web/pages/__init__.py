"""The pages on which people review: rendered here, without a step that builds them."""
