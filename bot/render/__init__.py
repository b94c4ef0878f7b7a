"""Report → comment, summary, annotations, HTML, JSON, SARIF and terminal text."""
