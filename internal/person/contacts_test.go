package person

import "testing"

func FuzzParseReached(f *testing.F) {
	b, err := reached{Of: 3, Contacts: []Contact{{Way: Telephone, Address: "DEMO +389 00", Safety: Safe, Voice: true}}}.encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, in []byte) {
		r, err := parseReached(in)
		if err != nil {
			return
		}
		if again, err := r.encode(); err != nil || string(again) != string(in) {
			t.Errorf("read %q, wrote %q, %v", in, again, err)
		}
	})
}
