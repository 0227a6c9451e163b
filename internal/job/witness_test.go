package job

import (
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/fault"
)

func FuzzDemand(f *testing.F) {
	f.Add(demand{1, 64, 128}.text("MD"))
	f.Add(demand{3, 64, 0}.text("MD"))
	f.Add("demand opentrm/MD/log/1\nold 9\nnew 8\n")
	f.Fuzz(func(t *testing.T, s string) {
		d, err := parseDemand(s, "MD")
		if err != nil {
			if !fault.Is(err, fault.Invalid) {
				t.Errorf("%q: %v", s, err)
			}
			return
		}
		if d.text("MD") != s || d.epoch < 1 || d.size != 0 && d.old > d.size {
			t.Errorf("%q is read as %+v", s, d)
		}
	})
}

func TestDemand(t *testing.T) {
	good := demand{2, 64, 128}
	if got, err := parseDemand(good.text("MD"), "MD"); err != nil || got != good {
		t.Errorf("got %+v, %v", got, err)
	}
	for _, s := range []string{"", good.text("MK"), "demand opentrm/MD/log/0\nold 0\nnew 0\n", "demand opentrm/MD/log/1\nold 02\nnew 0\n", "demand opentrm/MD/log/1\nold -1\nnew 0\n", good.text("MD") + "\n"} {
		if _, err := parseDemand(s, "MD"); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", s, err)
		}
	}
}

// TestEveryJobIsWhole: names are different, intervals positive, and a run ends before its lease could.
func TestEveryJobIsWhole(t *testing.T) {
	seen := map[string]bool{}
	w := Work{Witness: &Witnessing{}, More: []Job{{Name: "more", Every: time.Second}}}
	for _, j := range w.Jobs() {
		if seen[j.Name] || j.Every <= 0 {
			t.Errorf("%+v", j)
		}
		seen[j.Name] = true
	}
	for _, name := range []string{"checkpoint", "demand", "lonely", "more"} {
		if !seen[name] {
			t.Errorf("%s is missing", name)
		}
	}
}
