package call

// ParseDigest reads the sha-256 of a Content-Digest.
func ParseDigest(header string) ([]byte, error) { return parseDigest(header) }

// After is the page of the named list that follows a cursor.
func After(list, cursor string) Page { return Page{After: cursor, list: list} }
