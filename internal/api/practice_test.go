package api_test

// practice is a body of a publication that says as little as one can.
func practice() map[string]any {
	say := []map[string]string{{"lang": "en", "text": "x"}}
	return map[string]any{"title": say, "problem": say, "conditions": say, "evidence": "described", "steps": []map[string]any{{"what": say}}}
}
