package figures

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/fault"
)

// TestAReleaseIsWrittenInEveryForm: beside the table the forms of statistical offices and a catalogue that has the digest of each; a release without months
// or without the name of the office cannot have them, and then nothing is written.
func TestAReleaseIsWrittenInEveryForm(t *testing.T) {
	dir := t.TempDir()
	c := making(dir, kingdom, "Q1")
	c.Home, c.Office, c.Publisher, c.License = "https://office.example/figures/", "UK_HO", "An office", "https://license.example/"
	s, _ := screen(t)
	if err := c.Run(s); !fault.Is(err, fault.Invalid) {
		t.Fatalf("without months: %v", err)
	}
	if _, err := os.Lstat(c.Out); err == nil {
		t.Fatal("something was written")
	}
	c.From, c.To = "2023-01", "2023-03"
	if err := c.Run(s); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(c.Out, "catalogue.jsonld"))
	if err != nil {
		t.Fatal(err)
	}
	var found struct {
		Datasets []struct {
			Files []struct {
				URL struct {
					ID string `json:"@id"`
				} `json:"dcat:downloadURL"`
				Sum struct {
					Value struct {
						Hex string `json:"@value"`
					} `json:"spdx:checksumValue"`
				} `json:"spdx:checksum"`
			} `json:"dcat:distribution"`
		} `json:"dcat:dataset"`
	}
	if err := json.Unmarshal(b, &found); err != nil || len(found.Datasets) != 1 || len(found.Datasets[0].Files) != 6 {
		t.Fatalf("%v %s", err, b)
	}
	for _, f := range found.Datasets[0].Files {
		name, ok := strings.CutPrefix(f.URL.ID, "https://office.example/figures/Q1/")
		body, err := os.ReadFile(filepath.Join(c.Out, name))
		sum := sha256.Sum256(body)
		if !ok || err != nil || hex.EncodeToString(sum[:]) != f.Sum.Value.Hex {
			t.Errorf("%s: %v", f.URL.ID, err)
		}
	}
	table, err := os.ReadFile(filepath.Join(c.Out, "table.csv"))
	if err != nil {
		t.Fatal(err)
	}
	tidy, err := os.ReadFile(filepath.Join(c.Out, "tidy.csv"))
	if err != nil || strings.Count(string(tidy), "\n") != strings.Count(string(table), "\n") || !strings.Contains(string(tidy), ",2023-Q1,") {
		t.Errorf("%v: %d rows", err, strings.Count(string(tidy), "\n"))
	}
}
