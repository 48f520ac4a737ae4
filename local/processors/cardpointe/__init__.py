"""The CardPointe Gateway on a laptop: protocol, books, faults, HTTP server and hosted tokenizer."""
