package intake_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/intake"
	"github.com/opentrm/opentrm/internal/stats"
)

// published opens the publication, where it is at hand.
func published(t testing.TB) *os.File {
	t.Helper()
	dir := os.Getenv("OPENTRM_DATA")
	if dir == "" {
		t.Skip("OPENTRM_DATA is not set")
	}
	f, err := os.Open(filepath.Join(dir, "ctdc", "ctdc_global_kanon_2018.csv"))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the publication is not there")
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// The published file: 47,102 records are taken, the four lines at its end that are none are refused with the reason, nothing is
// taken twice, and the node's own counts know nothing of it.
func TestThePublishedFileIsTakenWhole(t *testing.T) {
	columns, rows := table(t, published(t))
	w := newWorld(t)
	order := intake.Order{Kind: intake.Collection, Source: "ctdc-2018", Columns: columns}
	r := w.begin("stela", order)
	taken, other := w.send("stela", r, rows, intake.MostRows)
	want := []intake.Outcome{
		{Number: 47104, Result: intake.Refused, Key: "stats.row.empty"},
		{Number: 47105, Result: intake.Refused, Key: "stats.row.empty"},
		{Number: 47106, Result: intake.Refused, Key: "stats.row.year", Column: "yearOfRegistration"},
		{Number: 47107, Result: intake.Refused, Key: "stats.row.year", Column: "yearOfRegistration"},
	}
	if d := cmp.Diff(want, other); d != "" || taken != 47_102 {
		t.Fatalf("taken %d of 47,102\n%s", taken, d)
	}
	r, err := w.End(t.Context(), w.who("stela"), intake.Collection, r.ID)
	w.must(err)
	if r.Taken != 47_102 || r.Known != 0 || r.Refused != 4 {
		t.Errorf("the run says %d, %d, %d", r.Taken, r.Known, r.Refused)
	}
	n, err := w.facts.Collected(t.Context(), w.who("stela"), "ctdc-2018")
	w.must(err)
	if n.All != 47_102 || n.Years[2016] != 18_813 || len(n.Years) != 16 {
		t.Errorf("%d records, %d of 2016, %d years", n.All, n.Years[2016], len(n.Years))
	}
	for column, want := range map[string]map[string]int{
		"gender":                       {"female": 33_850, "male": 12_997, "unknown": 255},
		"meansOfControlDebtBondage":    {"yes": 1004, "no": 2, stats.Blank: 46_096},
		"majorityStatus":               {"adult": 25_230, "minor": 8447, "unknown": 1606, stats.Blank: 11_819},
		"isForcedMilitary":             {"no": 10_754, stats.Blank: 36_348},
		"meansOfControlNotSpecified":   {"yes": 25_206, "no": 10_024, stats.Blank: 11_872},
		"recruiterRelationUnknown":     {"yes": 39_305, "no": 7797},
		"meansOfControlSexualAbuse":    {"yes": 949, "no": 3, stats.Blank: 46_150},
		"isForcedMarriage":             {"yes": 141, "no": 10_268, stats.Blank: 36_693},
		"typeOfLabourMiningOrDrilling": {"no": 18_678, stats.Blank: 28_424},
	} {
		if d := cmp.Diff(want, n.Columns[column]); d != "" {
			t.Errorf("%s\n%s", column, d)
		}
	}
	if c := n.Columns["citizenship"]; c["MK"] != 0 || c["MD"] != 7363 || c["missing"] != 206 || c["unknown"] != 7484 {
		t.Errorf("citizenship %v", c)
	}

	own, err := w.facts.Totals(t.Context(), w.who("stela"))
	w.must(err)
	if own.All != 0 || len(own.Years) != 0 || len(own.Sex) != 0 || len(own.Forms) != 0 || own.Minor != 0 {
		t.Errorf("the node counts what others have published: %+v", own)
	}

	some := rows[20_000:25_000]
	slices.Reverse(some) // the same records in another order
	r = w.begin("stela", order)
	taken, other = w.send("stela", r, some, intake.MostRows)
	known := 0
	for _, o := range other {
		if o.Result == intake.Known {
			known++
		}
	}
	if taken != 0 || known != len(some) {
		t.Errorf("again: %d taken, %d known", taken, known)
	}
}

// extract is a few invented records in the columns of the collection.
func extract(t testing.TB, rows ...map[string]string) ([]string, []intake.Row) {
	t.Helper()
	c, err := stats.CollectionCalled("ctdc-2018")
	if err != nil {
		t.Fatal(err)
	}
	columns := []string{c.Year.Column}
	for _, k := range c.Columns {
		columns = append(columns, k.Column)
	}
	text := strings.Join(columns, ",") + "\n"
	for _, row := range rows {
		cells := make([]string, len(columns))
		for i, name := range columns {
			cells[i] = row[name]
			delete(row, name)
		}
		if len(row) > 0 {
			t.Fatalf("no such column: %v", row)
		}
		text += `"` + strings.Join(cells, `","`) + "\"\n"
	}
	return table(t, strings.NewReader(text))
}

func TestARecordIsRefusedWithItsReason(t *testing.T) {
	columns, rows := extract(
		t,
		map[string]string{"yearOfRegistration": "2016", "gender": "Female", "RecruiterRelationship": "Family/Relative; Friend"},
		map[string]string{"yearOfRegistration": "2016", "gender": "Female", "RecruiterRelationship": "Friend; Friend"},
		map[string]string{"yearOfRegistration": "2016", "gender": "female"},
		map[string]string{"yearOfRegistration": "2016", "citizenship": "Macedonia"},
		map[string]string{"yearOfRegistration": "2016", "isForcedLabour": "yes"},
		map[string]string{"yearOfRegistration": "2016"},
		map[string]string{"yearOfRegistration": "2019", "gender": "Female"},
		map[string]string{"yearOfRegistration": "16", "gender": "Female"},
		map[string]string{"gender": "Female"},
		map[string]string{"yearOfRegistration": "2016", "gender": "Female", "RecruiterRelationship": "Family/Relative; Friend"},
	)
	rows = append(rows, intake.Row{Number: 12, Cells: rows[0].Cells[1:]}, intake.Row{Number: 13, Broken: true})
	w := newWorld(t)
	order := intake.Order{Kind: intake.Collection, Source: "ctdc-2018", Columns: columns}
	dry := order
	dry.Dry = true
	want := []intake.Outcome{
		{Number: 3, Result: intake.Refused, Key: "stats.row.code", Column: "RecruiterRelationship"},
		{Number: 4, Result: intake.Refused, Key: "stats.row.code", Column: "gender"},
		{Number: 5, Result: intake.Refused, Key: "stats.row.code", Column: "citizenship"},
		{Number: 6, Result: intake.Refused, Key: "stats.row.code", Column: "isForcedLabour"},
		{Number: 7, Result: intake.Refused, Key: "stats.row.nothing"},
		{Number: 8, Result: intake.Refused, Key: "stats.row.year", Column: "yearOfRegistration"},
		{Number: 9, Result: intake.Refused, Key: "stats.row.year", Column: "yearOfRegistration"},
		{Number: 10, Result: intake.Refused, Key: "stats.row.year", Column: "yearOfRegistration"},
		{Number: 12, Result: intake.Refused, Key: "stats.row.cells"},
		{Number: 13, Result: intake.Refused, Key: "intake.row.broken"},
	}
	for _, in := range []intake.Order{dry, order} {
		r := w.begin("stela", in)
		taken, other := w.send("stela", r, rows, 5)
		if d := cmp.Diff(want, other); d != "" || taken != 2 {
			t.Fatalf("dry %v: taken %d\n%s", in.Dry, taken, d)
		}
		n, err := w.facts.Collected(t.Context(), w.who("stela"), "ctdc-2018")
		w.must(err)
		if in.Dry != (n.All == 0) {
			t.Errorf("dry %v: %d records are kept", in.Dry, n.All)
		}
		if !in.Dry && (n.Columns["RecruiterRelationship"]["family"] != 2 || n.Columns["RecruiterRelationship"]["friend"] != 2) {
			t.Errorf("counted %v", n.Columns["RecruiterRelationship"])
		}
		_, err = w.End(t.Context(), w.who("stela"), intake.Collection, r.ID)
		w.must(err)
		purpose := map[bool]string{false: "begin.ctdc-2018", true: "begin-dry.ctdc-2018"}[in.Dry]
		end := map[bool]string{false: "", true: "dry."}[in.Dry] + "taken-2.known-0.refused-10"
		wantLog := []string{"fact.collect " + purpose, "fact.collect rows", "fact.collect rows", "fact.collect rows", "fact.collect " + end}
		if d := cmp.Diff(wantLog, w.entries(string(r.ID))); d != "" {
			t.Error(d)
		}
		if _, err := w.Take(t.Context(), w.who("stela"), intake.Collection, r.ID, rows[:1]); !fault.Is(err, fault.Conflict) {
			t.Errorf("after the end: %v", err)
		}
	}
	all, err := w.Runs(t.Context(), w.who("stela"), intake.Collection, "", 10)
	w.must(err)
	if len(all) != 2 || all[0].Dry || !all[1].Dry || all[0].Taken != 2 || all[0].Refused != 10 {
		t.Errorf("the runs are %+v", all)
	}
	if older, err := w.Runs(t.Context(), w.who("stela"), intake.Collection, all[0].ID, 10); err != nil || len(older) != 1 || older[0].ID != all[1].ID {
		t.Errorf("before the newest: %+v %v", older, err)
	}
}

func TestACollectionIsTakenByAStatistician(t *testing.T) {
	columns, rows := extract(t, map[string]string{"yearOfRegistration": "2016", "gender": "Female"})
	w := newWorld(t)
	order := intake.Order{Kind: intake.Collection, Source: "ctdc-2018", Columns: columns}
	if _, err := w.Begin(t.Context(), w.who("ana"), order); !fault.Is(err, fault.Denied) {
		t.Errorf("a case manager: %v", err)
	}
	r := w.begin("stela", order)
	w.person("other", "statistician", "", "office")
	if _, err := w.Take(t.Context(), w.who("other"), intake.Collection, r.ID, rows); !fault.Is(err, fault.NotFound) {
		t.Errorf("another's run: %v", err)
	}
	if _, err := w.Take(t.Context(), w.who("stela"), intake.Collection, "nothing", rows); !fault.Is(err, fault.NotFound) {
		t.Errorf("no run: %v", err)
	}
	if _, err := w.Take(t.Context(), w.who("stela"), intake.Collection, r.ID, make([]intake.Row, intake.MostRows+1)); key(err) != "intake.rows" {
		t.Errorf("too many: %v", err)
	}
	if _, err := w.Take(t.Context(), w.who("stela"), intake.Collection, r.ID, []intake.Row{{Number: 2, Cells: []string{strings.Repeat("x", 40_000)}}}); key(err) != "intake.rows" {
		t.Errorf("too long: %v", err)
	}
	for name, change := range map[string]func(*intake.Order){
		"stats.collection.column": func(o *intake.Order) { o.Columns = columns[1:] },
		"fault.not-found":         func(o *intake.Order) { o.Source = "ctdc-1918" },
		"intake.columns":          func(o *intake.Order) { o.Columns = nil },
	} {
		in := order
		change(&in)
		if _, err := w.Begin(t.Context(), w.who("stela"), in); key(err) != name {
			t.Errorf("%v, want %s", err, name)
		}
	}
	in := order
	in.Columns = append(slices.Clone(columns), "name")
	if _, err := w.Begin(t.Context(), w.who("stela"), in); key(err) != "stats.collection.column" {
		t.Errorf("a column too many: %v", err)
	}
}

// BenchmarkCollect takes the published file as a node does. It says how many records a second that is, with the reading of the
// file and with one transaction on the disk for each 1,000.
func BenchmarkCollect(b *testing.B) {
	f := published(b)
	for b.Loop() {
		b.StopTimer()
		w := newWorld(b)
		_, err := f.Seek(0, 0)
		w.must(err)
		b.StartTimer()
		columns, rows := table(b, f)
		r := w.begin("stela", intake.Order{Kind: intake.Collection, Source: "ctdc-2018", Columns: columns})
		if taken, _ := w.send("stela", r, rows, intake.MostRows); taken != 47_102 {
			b.Fatalf("taken %d", taken)
		}
	}
	b.ReportMetric(47_102*float64(b.N)/b.Elapsed().Seconds(), "records/s")
}
