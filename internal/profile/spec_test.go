package profile_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"testing"

	"github.com/opentrm/opentrm/internal/profile"
)

var rewriteCodes = flag.Bool("rewrite-codes", false, "write spec/schema/transfer-codes.json anew")

// TestSchemaOfTransferCodes: another country finds every legal basis and every rule row in the spec as this program has them.
func TestSchemaOfTransferCodes(t *testing.T) {
	const path = "../../spec/schema/transfer-codes.json"
	s := load(t)
	type row struct {
		Key        string           `json:"key"`
		From       profile.Zone     `json:"from"`
		FromSector profile.Sector   `json:"from_sector"`
		To         profile.Zone     `json:"to"`
		ToSectors  []profile.Sector `json:"to_sectors"`
		Kinds      []string         `json:"kinds"`
		Bases      []string         `json:"bases"`
		Refused    []string         `json:"refused,omitempty"`
		Consent    bool             `json:"needs_consent"`
	}
	out := struct {
		Source   string           `json:"source"`
		Verified bool             `json:"verified"`
		Basis    []string         `json:"basis"`
		Sector   []profile.Sector `json:"sector"`
		Rule     []row            `json:"rule"`
	}{Source: "spec/rule-row.md; each value's own source and status are in the profile of the network", Basis: s.Bases(), Sector: []profile.Sector{authority, service, justice, io}}
	for _, r := range s.Rules() {
		line := row{r.Key, r.From, r.FromSector, r.To, r.ToSectors, r.Kinds, append([]string{}, r.Bases...), nil, r.NeedsConsent}
		for _, f := range r.Refusals {
			line.Refused = append(line.Refused, f.Basis)
		}
		out.Rule = append(out.Rule, line)
	}
	if len(out.Basis) < 10 || len(out.Rule) < 20 {
		t.Fatalf("%d bases, %d rows", len(out.Basis), len(out.Rule))
	}
	b, err := json.MarshalIndent(out, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	b = append(b, '\n')
	if *rewriteCodes {
		if err := os.WriteFile(path, b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if have, err := os.ReadFile(path); err != nil || !bytes.Equal(have, b) {
		t.Errorf("%s differs from the profile of the network, %v: go test ./internal/profile -run Codes -rewrite-codes", path, err)
	}
}
