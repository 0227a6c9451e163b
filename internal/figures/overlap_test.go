package figures

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestAQuarterInsideAHalfYear: a quarter and the half-year around it, of which each is safe alone, are refused together, whichever comes second; the command
// that checks what was published says so too, and a half-year that gives nothing away is written.
func TestAQuarterInsideAHalfYear(t *testing.T) {
	const head = "form,sex,people\n"
	tables := map[string]string{
		"Q1":   head + "labour,f,14\nlabour,m,40\nsexual,f,30\nsexual,m,10\n",
		"H1":   head + "labour,f,15\nlabour,m,52\nsexual,f,44\nsexual,m,21\n", // one woman more
		"safe": head + "labour,f,21\nlabour,m,52\nsexual,f,44\nsexual,m,21\n",
	}
	release := func(dir, which string) *releaseCommand {
		file := filepath.Join(dir, which+".csv")
		if err := os.WriteFile(file, []byte(tables[which]), 0o600); err != nil {
			t.Fatal(err)
		}
		c := making(dir, file, which)
		c.Subject, c.From, c.To = "persons of "+which, "2026-01", "2026-03"
		if which != "Q1" {
			c.To = "2026-06"
		}
		return c
	}
	s, _ := screen(t)
	apart := t.TempDir()
	var alone []string
	for _, which := range []string{"Q1", "H1"} { // each with a ledger of its own: nothing knows of the other
		c := release(apart, which)
		c.Ledger = filepath.Join(apart, which+".json")
		if err := c.Run(s); err != nil {
			t.Fatalf("%s alone: %v", which, err)
		}
		alone = append(alone, filepath.Join(c.Out, "release.json"))
		if found, err := examining(t, &releaseCommand{Files: alone[len(alone)-1:]}); err != nil || !found.Safe {
			t.Fatalf("%s alone: %v %+v", which, err, found)
		}
	}
	found, err := examining(t, &releaseCommand{Files: alone})
	if s.End(err) != 4 || len(found.Recovered) != 1 || found.Recovered[0].Count != 1 || !strings.HasPrefix(found.Recovered[0].String(), "labour, f, ·") {
		t.Errorf("both: %v %+v", err, found)
	}
	for _, order := range [][2]string{{"Q1", "H1"}, {"H1", "Q1"}} {
		dir := t.TempDir()
		if err := release(dir, order[0]).Run(s); err != nil {
			t.Fatal(err)
		}
		second := release(dir, order[1])
		err := second.Run(s)
		if _, there := os.Lstat(second.Out); s.End(err) != 4 || !errors.Is(there, os.ErrNotExist) {
			t.Errorf("%s after %s: %v", order[1], order[0], err)
		}
		later := release(dir, order[1])
		if later.From = "2026-07"; order[1] == "H1" {
			later.To = "2026-12"
		} else {
			later.To = "2026-09"
		}
		if err := later.Run(s); err != nil {
			t.Errorf("other months: %v", err)
		}
	}
	dir := t.TempDir()
	for _, which := range []string{"Q1", "safe"} {
		if err := release(dir, which).Run(s); err != nil {
			t.Errorf("%s: %v", which, err)
		}
	}
	wrong := release(t.TempDir(), "Q1")
	wrong.To = "2025-12"
	if s.End(wrong.Run(s)) != 2 {
		t.Error("months that end before they begin are taken")
	}
}
