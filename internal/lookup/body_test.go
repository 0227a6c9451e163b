package lookup

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"

	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/spectest"
)

func bodies(t testing.TB) [][]byte {
	t.Helper()
	var out [][]byte
	for _, b := range []body{
		{Step: call, Run: "00112233445566778899aabbccddeeff", Epoch: 1, Members: []id.Member{"AL", "BG", "MD", "MK", "RS"}, Data: []byte{}},
		{Step: call, Run: "00112233445566778899aabbccddeeff", Epoch: 3, Round: 2, Members: []id.Member{"RS", "BG", "MD", "MK", "AL", "X-OBS"}, Data: []byte{}},
		{Step: words, Run: "00112233445566778899aabbccddeeff", Members: []id.Member{}, Data: []byte("words")},
		{Step: page, Run: "00112233445566778899aabbccddeeff", Members: []id.Member{}, Data: []byte("a page")},
		{Step: lost, Run: "00112233445566778899aabbccddeeff", Members: []id.Member{}, Data: []byte{}},
		{Step: knows, Run: "00112233445566778899aabbccddeeff", Epoch: 2, Round: 1, Members: []id.Member{"AL", "BG", "MD", "MK", "RS"}, Data: []byte("a group")},
		{Step: mend, Run: "00112233445566778899aabbccddeeff", Epoch: 2, Round: 1, Members: []id.Member{"AL", "BG", "MD"}, Data: []byte{}},
		{Step: dealt, Run: "00112233445566778899aabbccddeeff", Members: []id.Member{}, Data: []byte("words")},
		{Step: deals, Run: "00112233445566778899aabbccddeeff", Epoch: 2, Round: 1, Members: []id.Member{"AL", "BG", "MD"}, Data: []byte("a page")},
		{Step: value, Run: "00112233445566778899aabbccddeeff", Members: []id.Member{}, Data: []byte("words")},
	} {
		raw, err := frame.Encode(b)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, raw)
	}
	return out
}

func again(b []byte) ([]byte, error) {
	v, err := parseBody(envelope.Control{Body: json.RawMessage(b)})
	if err != nil {
		return nil, err
	}
	return frame.Encode(v)
}

// The page and the schema say the same as the program.
func TestSchemaOfBody(t *testing.T) {
	spectest.Compare(t, spectest.Form{
		Schema: "body-lookup", Texts: bodies(t),
		Read: func(b []byte) error {
			_, err := parseBody(envelope.Control{Body: json.RawMessage(b)})
			return err
		},
		Many: map[string]func(i int) any{"/members": func(i int) any { return "AB-" + string(rune('A'+i%26)) + string(rune('A'+i/26)) }},
	})
}

func FuzzBody(f *testing.F) {
	for _, b := range bodies(f) {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if got, err := again(b); err == nil && !bytes.Equal(got, b) {
			t.Errorf("%s is written again as %s", b, got)
		}
	})
}

// The places of a run are those of its members, in their order.
func TestPlacesAreTheOrderOfMembers(t *testing.T) {
	b, err := parseBody(envelope.Control{Body: bodies(t)[1]})
	if err != nil {
		t.Fatal(err)
	}
	r := b.run()
	if !slices.Equal(r.Holders, []uint8{1, 2, 3, 4, 5, 6}) || r.Epoch != 3 || r.Round != 2 || r.ID[1] != 0x11 {
		t.Errorf("%+v", r)
	}
	running := Running{Members: b.Members}
	if running.place("RS") != 1 || running.place("X-OBS") != 6 || running.place("TR") != 0 {
		t.Error("places are others")
	}
}
