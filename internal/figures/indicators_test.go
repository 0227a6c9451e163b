package figures_test

import (
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/stats"
)

// TestIndicatorsAreTold: each with its definition, unit, denominator, source and what becomes of missing values; another is an error.
func TestIndicatorsAreTold(t *testing.T) {
	known, err := stats.IndicatorsKnown()
	if err != nil {
		t.Fatal(err)
	}
	all, _, code := run(t, "stats", "indicators")
	for _, i := range known.Indicators {
		if code != 0 || !strings.Contains(all, i.ID+" ") {
			t.Errorf("%d: no %s in\n%s", code, i.ID, all)
		}
		out, _, code := run(t, "stats", "indicators", i.ID)
		for _, want := range []string{i.Definition, i.Unit, i.Denominator, i.Source, i.Status, i.Gaps[stats.Unknown], i.Gaps[stats.Unsafe]} {
			if code != 0 || want == "" || !strings.Contains(out, want) {
				t.Errorf("%s, %d: no %q in\n%s", i.ID, code, want, out)
			}
		}
	}
	if _, _, code := run(t, "stats", "indicators", "nothing"); code == 0 {
		t.Error("an indicator that there is not is told")
	}
}
