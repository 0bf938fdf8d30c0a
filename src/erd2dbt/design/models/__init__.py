"""One model as a plan: staging, derived models, hand-written SQL."""
