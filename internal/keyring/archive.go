package keyring

import "github.com/opentrm/opentrm/internal/seal"

// Archive is the key under which the keys of backup archives are wrapped.
func (s Secret) Archive() seal.Key { return s.key.Derive("opentrm/node-secret/archive/1") }
