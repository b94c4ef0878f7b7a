"""What rules are made with: evidence, file index, findings, patches, scripts, and the engine that runs them."""
