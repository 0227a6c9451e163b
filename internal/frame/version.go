package frame

import "encoding/json"

// Version reads the format version, the member "v", of any canonical object that has one, so that a later version is told
// apart from damage.
func Version(b []byte) (v int64, ok bool) {
	var probe struct {
		V *int64 `json:"v"`
	}
	if Check(b) != nil || json.Unmarshal(b, &probe) != nil || probe.V == nil {
		return 0, false
	}
	return *probe.V, true
}
