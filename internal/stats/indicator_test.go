package stats_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/stats"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/store/storetest"
)

// Every indicator says what it is, over what, where that is written, and what becomes of each reason for no value.
func TestEveryIndicatorIsDefined(t *testing.T) {
	known, err := stats.IndicatorsKnown()
	if err != nil || len(known.Indicators) < 16 || known.Version == "" {
		t.Fatalf("%v %d", err, len(known.Indicators))
	}
	seen := map[string]bool{}
	for _, i := range known.Indicators {
		whole := i.ID != "" && i.Title != "" && i.Definition != "" && i.Unit != "" && i.Denominator != "" && i.Source != "" && i.Citation != ""
		if !whole || seen[i.ID] || i.Status != "verified" && i.Status != "unverified" {
			t.Errorf("%+v", i)
		}
		seen[i.ID] = true
		for _, gap := range []string{stats.Unknown, stats.NotAsked, stats.Declined, stats.Unsafe} {
			if i.Gaps[gap] == "" {
				t.Errorf("%s says nothing of %s", i.ID, gap)
			}
		}
		if !slices.Contains([]string{"count", "class", "any", "main", "share", "pace"}, i.Mode) || (i.Mode == "share") != (i.OfStatus != "") {
			t.Errorf("%s: mode %q of %q", i.ID, i.Mode, i.OfStatus)
		}
	}
}

// some are facts of two years, with every reason for no value.
func some() []stats.Fact {
	return []stats.Fact{
		with(func(f *stats.Fact) {
			f.Month, f.Sex, f.Age, f.Forms, f.Status, f.Registrar = stats.MonthOf(2025, 1), stats.Female, stats.Age12to17, []stats.Form{stats.Sexual, stats.Labour}, stats.Identified, stats.NGO
		}),
		with(func(f *stats.Fact) {
			f.Month, f.Sex, f.Age, f.Forms, f.Status, f.Registrar = stats.MonthOf(2025, 3), stats.Female, stats.Age25to40, []stats.Form{stats.Labour}, stats.Presumed, stats.Police
		}),
		with(func(f *stats.Fact) {
			f.Month, f.Sex, f.Age, f.Forms, f.Status = stats.MonthOf(2025, 12), stats.Male, stats.Adult, []stats.Form{stats.Begging}, stats.Refused
		}),
		with(func(f *stats.Fact) {
			f.Month, f.Sex, f.Age, f.Forms, f.Status = stats.MonthOf(2025, 6), stats.Declined, stats.Unknown, []stats.Form{stats.NotAsked}, stats.Presumed
		}),
		with(func(f *stats.Fact) {
			f.Month, f.Sex, f.Age, f.Forms, f.Status = stats.MonthOf(2025, 6), stats.Unsafe, stats.Adult, []stats.Form{stats.Sexual}, stats.Unknown
		}),
		with(func(f *stats.Fact) { f.Month = stats.MonthOf(2024, 12) }),
	}
}

func TestIndicatorsAreWorkedOutOfTheFacts(t *testing.T) {
	ctx := t.Context()
	db := storetest.New(t, func() time.Time { return time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC) })
	s := &stats.Service{Write: store.Writer[stats.Tx](db), Read: store.Reader[stats.Tx](db)}
	ana := access.Actor{User: "ana", Role: access.CaseManager, Desk: "shelter", Realm: access.Assistance, Member: "MK", Session: "s"}
	vera := access.Actor{User: "vera", Role: access.Statistician, Realm: access.Office, Member: "MK", Session: "s"}
	if err := s.Add(ctx, ana, some()); err != nil {
		t.Fatal(err)
	}
	if err := s.Write(ctx, audit.Did(ana, access.WriteFact, "facts"), func(tx stats.Tx) error {
		for i, h := range []stats.Help{
			{Year: "2025", Services: []string{"legal", "medical"}, Wait: stats.SameDay},
			{Year: "2025", Services: []string{"medical"}, Wait: stats.Unsafe},
			{Year: "2025", Services: []string{"unknown"}, Wait: stats.Longer},
			{Year: "2024", Services: []string{"legal"}, Wait: stats.AWeek},
			{Year: "unknown", Services: []string{"legal"}, Wait: stats.AWeek},
		} {
			h.ID = id.Random[id.Fact](id.Maker{})
			if err := s.HelpIn(ctx, tx, h); err != nil {
				t.Errorf("%d: %v", i, err)
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	all, err := s.Measure(ctx, vera, 2025, 2025)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]stats.Measured{}
	for _, m := range all {
		m.Indicator, m.From, m.To = "", 0, 0
		got[all[len(got)].Indicator] = m
	}
	none := map[string]int{}
	for name, want := range map[string]stats.Measured{
		"registered":     {All: 5, Known: 5, Gaps: none, Classes: []stats.Counting{}},
		"registered-sex": {All: 5, Known: 3, Gaps: map[string]int{"declined": 1, "unsafe": 1}, Classes: []stats.Counting{{"female", 2, 3}, {"male", 1, 3}}},
		"registered-age": {All: 5, Known: 4, Gaps: map[string]int{"unknown": 1}, Classes: []stats.Counting{{"0-17", 1, 4}, {"18+", 3, 4}}},
		"form-any":       {All: 5, Known: 4, Gaps: map[string]int{"not-asked": 1}, Classes: []stats.Counting{{"begging", 1, 4}, {"labour", 2, 4}, {"sexual", 2, 4}}},
		"form-main":      {All: 5, Known: 4, Gaps: map[string]int{"not-asked": 1}, Classes: []stats.Counting{{"begging", 1, 4}, {"labour", 1, 4}, {"mixed", 1, 4}, {"sexual", 1, 4}}},
		"identified-sex": {All: 5, Known: 3, Gaps: map[string]int{"declined": 1, "unknown": 1}, Classes: []stats.Counting{{"female", 1, 2}, {"male", 0, 1}}},
		"in-care":        {All: 3, Known: 3, Gaps: none, Classes: []stats.Counting{}},
		"services":       {All: 3, Known: 2, Gaps: map[string]int{"unknown": 1}, Classes: []stats.Counting{{"legal", 1, 2}, {"medical", 2, 2}}},
		"first-help":     {All: 3, Known: 2, Gaps: map[string]int{"unsafe": 1}, Classes: []stats.Counting{{"0", 1, 2}, {"91+", 1, 2}}},
	} {
		if d := cmp.Diff(want, got[name]); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
	if _, ok := got["decided"]; ok || len(got) < 14 {
		t.Errorf("%d indicators; referrals are not known here, and were counted as none", len(got))
	}
	if two, err := s.Measure(ctx, vera, 2024, 2025); err != nil || two[0].All != 6 {
		t.Errorf("%v %+v", err, two)
	}
	for who, kind := range map[access.Actor]fault.Kind{ana: fault.Denied} {
		if _, err := s.Measure(ctx, who, 2025, 2025); !fault.Is(err, kind) && !fault.Is(err, fault.Hidden) {
			t.Errorf("%s: %v", who.User, err)
		}
		if _, err := s.Fill(ctx, who, "eu-19a-a", 2025); !fault.Is(err, kind) && !fault.Is(err, fault.Hidden) {
			t.Errorf("%s: %v", who.User, err)
		}
	}
	if _, err := s.Measure(ctx, vera, 2026, 2025); !fault.Is(err, fault.Invalid) {
		t.Errorf("years back: %v", err)
	}

	filled, err := s.Fill(ctx, vera, "crim-thb-form", 2025)
	want := stats.Filled{
		Table: "crim-thb-form", Version: filled.Version, Year: 2025, Dimensions: []string{"form", "sex"}, All: 3, Outside: 2,
		Cells: []stats.Cell{{[]string{"LABOUR", "F"}, 1}, {[]string{"OTHER", "F"}, 1}, {[]string{"_U", "_U"}, 1}},
		Gaps:  map[string]map[string]int{"form": {"not-asked": 1}, "sex": {"declined": 1}},
	}
	if d := cmp.Diff(want, filled); d != "" || err != nil {
		t.Errorf("%v\n%s", err, d)
	}
	for table, kind := range map[string]fault.Kind{"eu-19a-c": fault.Invalid, "nothing": fault.NotFound} {
		if _, err := s.Fill(ctx, vera, table, 2025); !fault.Is(err, kind) {
			t.Errorf("%s: %v", table, err)
		}
	}
}

func TestLoopsAreCountedByCountryPair(t *testing.T) {
	all, err := stats.MeasureAll(2026, 2026, stats.Sources{Loops: []stats.Loop{
		{From: "MK", To: "MD", Decided: true, Closed: true, Count: 3}, {From: "MK", To: "MD", Count: 2}, {From: "RS", To: "MK", Decided: true, Count: 1},
	}})
	if err != nil || len(all) != 5 {
		t.Fatalf("%v %+v", err, all)
	}
	for i, want := range [][]stats.Counting{{{"MK>MD", 3, 5}, {"RS>MK", 1, 1}}, {{"MK>MD", 3, 5}, {"RS>MK", 0, 1}}} {
		if d := cmp.Diff(want, all[i].Classes); d != "" || all[i].All != 6 {
			t.Errorf("%s: %s", all[i].Indicator, d)
		}
	}
}

// TestPacesAreCountedByCountryPair: of each pair how many took how long, of those of which it has happened; the others wait and are in no denominator.
func TestPacesAreCountedByCountryPair(t *testing.T) {
	all, err := stats.MeasureAll(2026, 2026, stats.Sources{Loops: []stats.Loop{
		{From: "MK", To: "MD", Answer: stats.SameDay, Decision: stats.AWeek, Count: 3}, {From: "MK", To: "MD", Answer: stats.ThreeDays, Count: 2}, {From: "RS", To: "MK", Count: 4},
	}})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]stats.Measured{}
	for _, m := range all {
		m.Classes = slices.DeleteFunc(m.Classes, func(c stats.Counting) bool { return c.Count == 0 })
		got[m.Indicator] = m
	}
	for id, want := range map[string]stats.Measured{
		"days-to-answer":   {Known: 5, Gaps: map[string]int{stats.Waiting: 4}, Classes: []stats.Counting{{"MK>MD 0", 3, 5}, {"MK>MD 1-3", 2, 5}}},
		"days-to-decision": {Known: 3, Gaps: map[string]int{stats.Waiting: 6}, Classes: []stats.Counting{{"MK>MD 4-7", 3, 3}}},
		"days-to-handover": {Known: 0, Gaps: map[string]int{stats.Waiting: 9}, Classes: []stats.Counting{}},
	} {
		want.Indicator, want.From, want.To, want.All = id, 2026, 2026, 9
		if d := cmp.Diff(want, got[id]); d != "" {
			t.Errorf("%s: %s", id, d)
		}
	}
}

// every is one fact for each value of each field.
func every() (all []stats.Alike) {
	one := stats.Alike{Year: 2025, Sex: stats.Female, Age: stats.Adult, Forms: string(stats.Sexual), Citizenship: stats.National, Status: stats.Identified, Registrar: stats.Police, Count: 1}
	for _, gap := range []string{stats.Unknown, stats.NotAsked, stats.Declined, stats.Unsafe} {
		all = append(all, stats.Alike{Year: 2025, Sex: stats.Sex(gap), Age: stats.Age(gap), Forms: gap, Citizenship: stats.Citizenship(gap), Status: stats.Presumed, Registrar: stats.Registrar(gap), Count: 1})
	}
	add := func(change func(*stats.Alike)) {
		a := one
		change(&a)
		all = append(all, a)
	}
	for _, v := range []stats.Sex{stats.Male, stats.OtherSex} {
		add(func(a *stats.Alike) { a.Sex = v })
	}
	for _, v := range []stats.Age{stats.Child, stats.Age0to11, stats.Age12to17, stats.Age18to24, stats.Age25to40, stats.Age41} {
		add(func(a *stats.Alike) { a.Age = v })
	}
	for _, v := range []stats.Form{stats.Labour, stats.Servitude, stats.Begging, stats.Criminality, stats.Marriage, stats.Organs, stats.Other, stats.Other2, stats.Other3, stats.Other4, "labour|sexual"} {
		add(func(a *stats.Alike) { a.Forms = string(v) })
	}
	for _, v := range []stats.Citizenship{stats.Region, stats.Union, stats.Third, stats.Stateless} {
		add(func(a *stats.Alike) { a.Citizenship = v })
	}
	for _, v := range []stats.Registrar{stats.Border, stats.Prosecution, stats.SocialService, stats.Inspectorate, stats.Health, stats.NGO, stats.International} {
		add(func(a *stats.Alike) { a.Registrar = v })
	}
	return all
}

// Every table takes every value that a fact can have, adds up to everybody, says its source, and can be written for a statistical office.
func TestEveryTableTakesEveryFact(t *testing.T) {
	known, err := stats.TablesKnown()
	if err != nil || len(known.Tables) < 15 {
		t.Fatalf("%v %d", err, len(known.Tables))
	}
	schemes := map[string]int{}
	for _, s := range known.Schemes {
		schemes[s.ID] = 0
		if s.Title == "" || s.Source == "" || s.Note == "" || s.Version == "" || s.Status != "verified" && s.Status != "unverified" {
			t.Errorf("%+v", s)
		}
	}
	for _, table := range known.Tables {
		_, scheme, err := known.Called(table.ID)
		if err != nil {
			t.Fatalf("%s: %v", table.ID, err)
		}
		schemes[scheme.ID]++
		f, err := stats.Fill(table, scheme, known.Version, 2025, every())
		if table.NotHeld != "" {
			if !fault.Is(err, fault.Invalid) || len(table.Dimensions) > 0 {
				t.Errorf("%s: %v", table.ID, err)
			}
			continue
		}
		sum := 0
		for _, c := range f.Cells {
			sum += c.Count
		}
		if err != nil || sum != len(every()) || f.All != sum || f.Outside != 0 {
			t.Errorf("%s: %v: %d of %d", table.ID, err, sum, len(every()))
		}
		for _, dim := range table.Dimensions {
			for _, code := range scheme.Codes[dim] {
				if known.Labels[dim][code] == "" {
					t.Errorf("%s: no words for %s %s", table.ID, dim, code)
				}
			}
			if dim != "status" && len(f.Gaps[dim]) != 4 {
				t.Errorf("%s: the reasons for no %s are %v", table.ID, dim, f.Gaps[dim])
			}
		}
		d, err := known.Dataset(f, "MK", time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC))
		if err != nil || d.Check() != nil || len(d.Observations) != len(f.Cells) {
			t.Errorf("%s: %v %v", table.ID, err, d.Check())
		}
	}
	for _, law := range []string{"eu-19a", "eurostat-crim-thb", "unodc-glotip", "sdg-16-2-2", "greta"} {
		if schemes[law] == 0 {
			t.Errorf("no table of %s", law)
		}
	}
	for _, s := range []string{"htcds-2", "ctdc-2024", "ic-tip"} {
		if _, ok := schemes[s]; !ok {
			t.Errorf("no scheme %s", s)
		}
	}
	table, scheme, _ := known.Called("greta-victims")
	if _, err := stats.Fill(table, scheme, "", 2025, []stats.Alike{{Year: 2025, Sex: "robot", Status: stats.Identified, Count: 1}}); !fault.Is(err, fault.Internal) {
		t.Errorf("somebody was left out: %v", err)
	}
}

func TestARateNeedsAPopulation(t *testing.T) {
	known, err := stats.TablesKnown()
	if err != nil {
		t.Fatal(err)
	}
	sdg, _, err := known.Called("sdg-16-2-2")
	if err != nil {
		t.Fatal(err)
	}
	other, _, _ := known.Called("greta-victims")
	if sdg.Rate(62, 6_600_000) != "0.94" || sdg.Rate(62, 0) != "" || other.Rate(62, 6_600_000) != "" {
		t.Errorf("%q %q %q", sdg.Rate(62, 6_600_000), sdg.Rate(62, 0), other.Rate(62, 6_600_000))
	}
}
