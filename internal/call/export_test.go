package call

// ParseDigest reads the sha-256 of a Content-Digest.
func ParseDigest(header string) ([]byte, error) { return parseDigest(header) }
