package figures

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/attack"
	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/lang"
)

// kingdom is the exact table of the first quarter of 2023 in the United Kingdom.
const kingdom = "../attack/testdata/uk-nrm-2023q1.csv"

func screen(t *testing.T) (*console.Screen, *bytes.Buffer) {
	t.Helper()
	texts, err := lang.Load()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	return &console.Screen{Context: context.WithoutCancel(t.Context()), Out: &out, Err: &bytes.Buffer{}, Texts: texts, Options: &console.Options{JSON: true, Language: "en"}}, &out
}

// making is a release of the table of the United Kingdom in a directory.
func making(dir, file, name string) *releaseCommand {
	return &releaseCommand{
		Files: []string{file}, source: source{Comma: ",", Weight: "people"}, Base: 3, Small: 5, Least: 20, Total: "Total",
		Out: filepath.Join(dir, name), Key: filepath.Join(dir, "key"), Ledger: filepath.Join(dir, "ledger.json"), Subject: "referrals 2023", Name: name,
	}
}

// examining attacks files and returns what was found.
func examining(t *testing.T, c *releaseCommand) (examined, error) {
	t.Helper()
	s, out := screen(t)
	c.Check = true
	if c.Small == 0 {
		c.Small = 5
	}
	if c.Total == "" {
		c.Total = "Total"
	}
	err := c.Run(s)
	var found examined
	if out.Len() > 0 {
		if e := json.Unmarshal(out.Bytes(), &found); e != nil {
			t.Fatal(e)
		}
	}
	return found, err
}

// changed writes the table as it may stand a quarter later: some cells have grown, some were corrected.
func changedTable(t *testing.T, dir string, seed uint64) string {
	t.Helper()
	b, err := os.ReadFile(kingdom)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(b)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(seed, 2))
	for _, row := range rows[1:] {
		n, err := strconv.Atoi(row[4])
		if err != nil {
			t.Fatal(err)
		}
		if r.IntN(3) == 0 {
			row[4] = strconv.Itoa(max(0, n+r.IntN(5)-1))
		}
	}
	var out bytes.Buffer
	if err := csv.NewWriter(&out).WriteAll(rows); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "later"+strconv.FormatUint(seed, 10)+".csv")
	if err := os.WriteFile(file, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestReleasesGiveNothingAway: a release and two later ones of the same persons, attacked together, give no small count away; the later one cannot be
// examined without the earlier ones.
func TestReleasesGiveNothingAway(t *testing.T) {
	dir := t.TempDir()
	var all []string
	for i, name := range []string{"Q1", "Q2", "Q3"} {
		file := kingdom
		if i > 0 {
			file = changedTable(t, dir, uint64(i))
		}
		s, _ := screen(t)
		if err := making(dir, file, name).Run(s); err != nil {
			t.Fatal(err)
		}
		all = append(all, filepath.Join(dir, name, "release.json"))
		found, err := examining(t, &releaseCommand{Files: all})
		if err != nil || !found.Safe || found.Hidden == 0 || found.Found != 0 {
			t.Fatalf("%s: %v %+v", name, err, found)
		}
		t.Logf("%s: %d cells, %d of %d hidden recovered, %d programs", name, found.Cells, found.Found, found.Hidden, found.Programs)
	}
	if _, err := examining(t, &releaseCommand{Files: all[1:]}); !fault.Is(err, fault.Invalid) {
		t.Errorf("a release was examined without the one before: %v", err)
	}
	s, _ := screen(t)
	if err := making(dir, kingdom, "Q1").Run(s); err == nil {
		t.Error("a release was made twice")
	}
	other := making(dir, kingdom, "Q4")
	other.Columns = []string{"age", "gender"}
	if err := other.Run(s); !fault.Is(err, fault.Invalid) {
		t.Errorf("other columns of the same persons: %v", err)
	}
	table := filepath.Join(dir, "Q2", "table.csv")
	b, err := os.ReadFile(table)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(table, bytes.Replace(b, []byte(",6\n"), []byte(",7\n"), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := examining(t, &releaseCommand{Files: all}); !fault.Is(err, fault.Invalid) {
		t.Errorf("a table that was changed: %v", err)
	}
}

// TestSuppressedReleasesGiveNothingAway: neither does a table in which small counts are hidden. A later one of the same persons would, by a difference: it
// is refused, and the ledger stays as it was. One that shows the same numbers is not.
func TestSuppressedReleasesGiveNothingAway(t *testing.T) {
	dir := t.TempDir()
	hiding := func(file, name string) *releaseCommand {
		c := making(dir, file, name)
		c.Method, c.Width = "suppress", 2
		return c
	}
	s, _ := screen(t)
	if err := hiding(kingdom, "Q1").Run(s); err != nil {
		t.Fatal(err)
	}
	first := filepath.Join(dir, "Q1", "release.json")
	found, err := examining(t, &releaseCommand{Files: []string{first}})
	if err != nil || !found.Safe || found.Hidden < 297 || found.Small != 5 {
		t.Fatalf("%v %+v", err, found)
	}
	t.Logf("%d cells hidden, %d recovered, %d programs", found.Hidden, found.Found, found.Programs)
	before, err := os.ReadFile(filepath.Join(dir, "ledger.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := hiding(changedTable(t, dir, 7), "Q2").Run(s); s.End(err) != 4 {
		t.Errorf("a difference that gives away was released: %v", err)
	}
	after, err := os.ReadFile(filepath.Join(dir, "ledger.json"))
	if err != nil || !bytes.Equal(before, after) {
		t.Error("a release that was refused is in the ledger")
	}
	if err := hiding(kingdom, "Q1 again").Run(s); err != nil {
		t.Errorf("the same numbers: %v", err)
	}
	if err := making(dir, kingdom, "rounded").Run(s); !fault.Is(err, fault.Invalid) {
		t.Errorf("another method for the same persons: %v", err)
	}
}

// TestAReleaseThatGivesAwayIsRefused: what others have published counts too. With one exact number of theirs beside it, a release would give a small
// count away: nothing is written, and the ledger stays as it was.
func TestAReleaseThatGivesAwayIsRefused(t *testing.T) {
	dir := t.TempDir()
	rows := filepath.Join(dir, "rows.csv")
	known := filepath.Join(dir, "known.csv")
	for file, text := range map[string]string{rows: "form,sex,people\nlabour,f,2\nlabour,m,40\nsexual,f,30\nsexual,m,10\n", known: "form,sex,people\nlabour,Total,42\n"} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c := making(dir, rows, "first")
	c.Known = []string{known}
	s, out := screen(t)
	err := c.Run(s)
	if s.End(err) != 4 || !strings.Contains(out.String(), `"count": 2`) {
		t.Errorf("%v %s", err, out)
	}
	for _, name := range []string{c.Out, c.Ledger} {
		if _, err := os.Lstat(name); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s was written", name)
		}
	}
	c.Known = nil
	if err := c.Run(s); err != nil {
		t.Error(err)
	}
}

// lessThanFive writes the table of the United Kingdom with every margin and "<5" for small counts.
func lessThanFive(t *testing.T, file string) {
	t.Helper()
	c := making(t.TempDir(), kingdom, "exact")
	s, _ := screen(t)
	table, _, err := c.read(t.Context(), s, kingdom)
	if err != nil {
		t.Fatal(err)
	}
	truth, err := c.cube(table, nil)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	to := newLines(&out)
	rows := [][]string{append(columnsOf(truth), "people")}
	for _, cell := range truth.Cells() {
		n := strconv.FormatInt(cell.Count, 10)
		if cell.Count > 0 && cell.Count < 5 {
			n = "<5"
		}
		rows = append(rows, append(names(truth.Dimensions, cell), n))
	}
	for _, r := range rows {
		if err := to.write(slices.Clone(r)); err != nil {
			t.Fatal(err)
		}
	}
	if err := to.end(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestTheGateFailsForLessThanFive: the way in which the United Nations publish, on the exact table of the United Kingdom, gives everything away, and the
// command ends with 4; so do the published figures of eleven countries.
func TestTheGateFailsForLessThanFive(t *testing.T) {
	file := filepath.Join(t.TempDir(), "table.csv")
	lessThanFive(t, file)
	found, err := examining(t, &releaseCommand{Files: []string{file}})
	s, _ := screen(t)
	if s.End(err) != 4 || found.Hidden != 297 || found.Found != 297 {
		t.Errorf("%v: %d of %d", err, found.Found, found.Hidden)
	}
	found, err = examining(t, &releaseCommand{Files: []string{"../attack/testdata/glotip-see-sex-age.csv"}})
	if s.End(err) != 4 || found.Found != 47 || len(found.Against) == 0 {
		t.Errorf("%v: %d of %d", err, found.Found, found.Hidden)
	}
}

// TestThePublishedFileIsAttackedAsItIs: the file of the United Nations, with its columns and its counts in the midst of them. It needs the whole file.
func TestThePublishedFileIsAttackedAsItIs(t *testing.T) {
	dir := os.Getenv("OPENTRM_DATA")
	if dir == "" {
		t.Skip("OPENTRM_DATA names no directory of published data sets")
	}
	c := &releaseCommand{Files: []string{filepath.Join(dir, "glotip", "data_glotip.csv")}, Count: "txtVALUE"}
	c.Columns = []string{"Iso3_code", "Indicator", "Dimension", "Category", "Sex", "Age", "Year"}
	found, err := examining(t, c)
	s, _ := screen(t)
	if s.End(err) != 4 || found.Found < 458 {
		t.Errorf("%v: %d of %d", err, found.Found, found.Hidden)
	}
	t.Logf("%d of %d hidden cells recovered, %d small counts in all, %d groups contradict themselves, %d programs", found.Found, found.Hidden, len(found.Recovered), len(found.Against), found.Programs)
	c.Count = "nothing"
	if _, err := examining(t, c); !fault.Is(err, fault.Invalid) {
		t.Error(err)
	}
}

// TestDifferencesOverTimeAreAttacked: every number is large, and the difference of two tables is not.
func TestDifferencesOverTimeAreAttacked(t *testing.T) {
	dir := t.TempDir()
	march, april := filepath.Join(dir, "march.csv"), filepath.Join(dir, "april.csv")
	for file, text := range map[string]string{march: "form,people\nlabour,40\nsexual,60\nTotal,100\n", april: "form,people\nlabour,c\nsexual,62\nTotal,103\n"} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	found, err := examining(t, &releaseCommand{Files: []string{april}, Past: []string{march}})
	if err == nil || !slices.ContainsFunc(found.Recovered, func(f attack.Finding) bool { return f.String() == "labour, Δ2" && f.Count == 1 }) {
		t.Errorf("%v %+v", err, found)
	}
	if found, err := examining(t, &releaseCommand{Files: []string{march}}); err != nil || !found.Safe {
		t.Errorf("%v %+v", err, found)
	}
}

// FuzzTable: whatever a published table holds, it is read or refused, and attacked without a fall.
func FuzzTable(f *testing.F) {
	f.Add([]byte("a,n\nx,1\nTotal,<5\n"))
	f.Add([]byte("a,b,n\nx,y,c\nx,Total,\"1,000\"\nTotal,Total,-3\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 400 {
			return
		}
		file := filepath.Join(t.TempDir(), "t.csv")
		if err := os.WriteFile(file, b, 0o600); err != nil {
			t.Fatal(err)
		}
		s, _ := screen(t)
		c := &releaseCommand{Files: []string{file}, Check: true, Small: 5, Total: "Total", Complete: true}
		if err := c.Run(s); err != nil && s.End(err) == console.ExitFailed {
			t.Fatal(err)
		}
	})
}
