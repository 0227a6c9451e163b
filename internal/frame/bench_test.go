package frame_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/frame"
)

// spoken is of the size and the shape of what crosses a border.
type spoken struct {
	Format int        `json:"v"`
	From   string     `json:"from"`
	To     string     `json:"to"`
	At     frame.Time `json:"created"`
	Until  frame.Time `json:"expires"`
	Roster struct {
		Version int64  `json:"version"`
		Hash    string `json:"hash"`
	} `json:"roster"`
	Sheet  int64           `json:"sheet"`
	Log    string          `json:"log"`
	Signer string          `json:"signer"`
	Body   json.RawMessage `json:"body"`
}

func speech() spoken {
	s := spoken{Format: 1, From: "MD", To: "MK", At: 1790000000000000, Until: 1790600000000000, Sheet: 4}
	s.Roster.Version, s.Roster.Hash = 7, strings.Repeat("0123456789abcdef", 4)
	s.Log, s.Signer = s.Roster.Hash, s.Roster.Hash[:32]
	s.Body = json.RawMessage(`{"language":"en","text":"` + strings.Repeat("Demo. ", 100) + `"}`)
	return s
}

func BenchmarkEncode(b *testing.B) {
	s := speech()
	for b.Loop() {
		if _, err := frame.Encode(s); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	text, err := frame.Encode(speech())
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		var s spoken
		if err := frame.Decode(text, 1<<20, &s); err != nil {
			b.Fatal(err)
		}
	}
}
