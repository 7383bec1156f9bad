"""The HTTP kernel: negotiation, dialects, policies, pages and errors. It knows no app."""
