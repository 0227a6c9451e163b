package relation

import "github.com/opentrm/opentrm/internal/seal"

// NameOf is what the n-th end of a case is called.
func NameOf(key seal.Key, n int) []byte { return nameOf(key, n) }
