"""Language Server Protocol: what an editor shows of a spec while it is written; `server` is the seam to pygls."""
