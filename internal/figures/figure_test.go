package figures_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opentrm/opentrm/internal/cli"
	"github.com/opentrm/opentrm/internal/published"
)

// run runs the program and returns what it prints and how it ends.
func run(t testing.TB, words ...string) (out, err string, code int) {
	t.Helper()
	var o, e bytes.Buffer
	code = cli.Main(words, strings.NewReader(""), &o, &e)
	return o.String(), e.String(), code
}

func TestFigure65OfAPlainClone(t *testing.T) {
	out, said, code := run(t, "stats", "figure-65")
	for _, want := range []string{
		"Sexual exploitation  65.0%    64.8%    64.4%      64.0%\n", "Forced labour        23.3%    23.4%    23.6%      23.8%\n", "Other                11.7%    11.8%    12.0%      12.2%\n",
		"N                    5,410 ", "2014       68.0–69.3%  13/13\n", "2012–2014  64.0–65.0%  33/39\n", "Global Report on Trafficking in Persons 2016: 65%\n", "63.9% to 65.1%", "Kosovo*",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if code != 0 || said != "" {
		t.Errorf("%d: %s", code, said)
	}
}

func TestFigure65IsDrawnWithItsTable(t *testing.T) {
	dir := t.TempDir()
	svg := filepath.Join(dir, "figure.svg")
	out, said, code := run(t, "stats", "figure-65", "--json", "--lang", "mk", "--svg", svg)
	var f struct {
		Low        float64          `json:"lowest_percent"`
		High       float64          `json:"highest_percent"`
		Reproduced bool             `json:"reproduced"`
		Pooled     published.Pooled `json:"pooled"`
		Notes      []string         `json:"notes"`
	}
	if err := json.Unmarshal([]byte(out), &f); err != nil || code != 0 || !f.Reproduced || f.Low < 63.9 || f.High > 65.1 || len(f.Pooled.Missing) != 6 || len(f.Notes) < 4 {
		t.Fatalf("%v %d %s %+v", err, code, said, f)
	}
	b, err := os.ReadFile(svg)
	if err != nil {
		t.Fatal(err)
	}
	d := xml.NewDecoder(bytes.NewReader(b))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{`lang="mk"`, "<title id=", "<desc id=", "Сексуална експлоатација", "64,0–65,0", f.Notes[0][:40]} {
		if !bytes.Contains(b, []byte(want)) {
			t.Errorf("no %q in the picture", want)
		}
	}
	table, err := os.Open(filepath.Join(dir, "figure.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer table.Close()
	rows, err := csv.NewReader(table).ReadAll()
	if err != nil || len(rows) != 1+4*4*3 { // the three years, and each alone; four readings; three forms
		t.Fatalf("%v: %d rows", err, len(rows))
	}
	want := []string{"central-south-eastern-europe-2016", "2012", "2014", "form", "sexual", "0", "largest", "3517", "5410", "65.009", "33", "39"}
	if d := cmp.Diff(want, rows[1]); d != "" {
		t.Error(d)
	}
	if _, _, code := run(t, "stats", "figure-65", "--svg", svg); code == 0 {
		t.Error("a file that is there was written over")
	}
}

// A file in which Romania says something else gives another figure, and that is an error.
func TestAnotherFigureIsAnError(t *testing.T) {
	b, err := io.ReadAll(published.Extract())
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for line := range strings.Lines(string(b)) {
		if strings.HasPrefix(line, "ROU,") && strings.Contains(line, "Sexual exploitation,Total,Total,201") {
			continue
		}
		out = append(out, line)
	}
	file := filepath.Join(t.TempDir(), "data.csv")
	if err := os.WriteFile(file, []byte(strings.Join(out, "")), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, said, code := run(t, "stats", "figure-65", file); code == 0 || !strings.Contains(said, "65%") {
		t.Errorf("%d %s\n%s", code, said, out)
	}
	if err := os.WriteFile(file, []byte("a,b\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, said, code := run(t, "stats", "trend", file); code == 0 || !strings.Contains(said, "Iso3_code") {
		t.Errorf("%d %s", code, said)
	}
}

func TestTheYearsAreShown(t *testing.T) {
	for by, want := range map[string]string{"form": "2014  13/13   1,952       68.0–69.3%", "sex": "2014  13/13", "age": "2014  13/13"} {
		svg := filepath.Join(t.TempDir(), "years.svg")
		out, said, code := run(t, "stats", "trend", "--by", by, "--svg", svg)
		if code != 0 || !strings.Contains(out, want) {
			t.Errorf("%s: %d %s\n%s", by, code, said, out)
		}
		if b, err := os.ReadFile(svg); err != nil || bytes.Contains(b, []byte("NaN")) || !bytes.Contains(b, []byte("<polyline")) {
			t.Errorf("%s: %v", by, err)
		}
	}
	if out, _, code := run(t, "stats", "trend", "--region", "network", "--json"); code != 0 || !strings.Contains(out, `"MDA"`) {
		t.Errorf("%d %s", code, out)
	}
}

func TestThePublishedFileIsTold(t *testing.T) {
	dir := os.Getenv("OPENTRM_DATA")
	if dir == "" {
		t.Skip("OPENTRM_DATA is not set")
	}
	out, said, code := run(t, "stats", "published", filepath.Join(dir, "glotip", "data_glotip.csv"))
	if code != 0 || said != "" || !strings.Contains(out, "spoilt           128    yes      671         \"6,112,019\"") || !strings.Contains(out, "contradicted     284") {
		t.Errorf("%d %s\n%s", code, said, out)
	}
	if out, _, code := run(t, "stats", "figure-65", filepath.Join(dir, "glotip", "data_glotip.csv")); code != 0 || !strings.Contains(out, "2012–2014  64.0–65.0%  33/39") {
		t.Errorf("%d\n%s", code, out)
	}
}
