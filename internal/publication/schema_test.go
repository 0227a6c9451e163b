package publication

import (
	"encoding/json"
	"testing"

	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/spectest"
)

func encoded(t *testing.T, all ...any) [][]byte {
	t.Helper()
	out := make([][]byte, len(all))
	for i, v := range all {
		var err error
		if out[i], err = frame.Encode(v); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// TestSchemas compares the schemas that spec/publication.md publishes with what is read here.
func TestSchemas(t *testing.T) {
	all := samples(t)
	texts := encoded(t, all[0], all[1], all[2], all[3])
	spectest.Compare(t, spectest.Form{
		Schema: "publication", Texts: texts,
		Read: func(b []byte) error { _, err := Parse(b); return err },
	})
	spectest.Compare(t, spectest.Form{
		Schema: "body-publication",
		Texts: encoded(t, body{Ask: true, Have: []Mark{{"MD", 0}, {"MK", 7}}, Records: []Signed{}},
			body{Have: []Mark{}, Records: all, More: true}),
		Read: func(b []byte) error {
			_, err := parseBody(envelope.Control{Body: json.RawMessage(b)})
			return err
		},
		Many: map[string]func(int) any{
			"have": func(i int) any {
				return map[string]any{"member": "MK-" + string([]byte{'A' + byte(i/676%26), 'A' + byte(i/26%26), 'A' + byte(i%26)}), "seq": 0}
			},
			"records": func(int) any { return all[0] },
		},
		Beyond: []spectest.Rule{
			{Page: "publication.md", Says: "in order of members", Broken: spectest.Unsorted("have", "member")},
		},
	})
}
