package stats_test

import (
	"testing"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/stats"
)

func fact() stats.Fact {
	return stats.Fact{
		ID: id.Random[id.Fact](id.Maker{}), Month: stats.MonthOf(2017, 5), Sex: stats.Female, Age: stats.Child,
		Forms: []stats.Form{stats.Sexual, stats.Begging}, Citizenship: stats.Declined, Status: stats.Identified, Registrar: stats.NGO,
	}
}

func TestCheck(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*stats.Fact)
		ok     bool
	}{
		"complete":           {func(*stats.Fact) {}, true},
		"every gap":          {func(f *stats.Fact) { f.Sex, f.Age, f.Status = stats.Unknown, stats.NotAsked, stats.Unsafe }, true},
		"forms unknown":      {func(f *stats.Fact) { f.Forms = []stats.Form{stats.Unknown} }, true},
		"no identifier":      {func(f *stats.Fact) { f.ID = "" }, false},
		"a case's reference": {func(f *stats.Fact) { f.ID = "k7m-4qt-2x9" }, false},
		"no month":           {func(f *stats.Fact) { f.Month = 0 }, false},
		"empty sex":          {func(f *stats.Fact) { f.Sex = "" }, false},
		"a name as sex":      {func(f *stats.Fact) { f.Sex = "Ana" }, false},
		"no forms":           {func(f *stats.Fact) { f.Forms = nil }, false},
		"form twice":         {func(f *stats.Fact) { f.Forms = []stats.Form{stats.Sexual, stats.Sexual} }, false},
		"form and gap":       {func(f *stats.Fact) { f.Forms = []stats.Form{stats.Sexual, stats.Unknown} }, false},
		"unknown form":       {func(f *stats.Fact) { f.Forms = []stats.Form{"slavery"} }, false},
		"empty citizenship":  {func(f *stats.Fact) { f.Citizenship = "" }, false},
		"empty status":       {func(f *stats.Fact) { f.Status = "" }, false},
		"empty registrar":    {func(f *stats.Fact) { f.Registrar = "" }, false},
		"empty age":          {func(f *stats.Fact) { f.Age = "" }, false},
	} {
		t.Run(name, func(t *testing.T) {
			f := fact()
			tt.change(&f)
			err := f.Check()
			if tt.ok != (err == nil) || err != nil && !fault.Is(err, fault.Invalid) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestUnknownAgeFollowsTheChildPath(t *testing.T) {
	for age, want := range map[stats.Age]bool{
		stats.Child: true, stats.Age0to11: true, stats.Age12to17: true, stats.Unknown: true, stats.NotAsked: true, stats.Declined: true, stats.Unsafe: true,
		stats.Adult: false, stats.Age18to24: false, stats.Age25to40: false, stats.Age41: false,
	} {
		if age.Minor() != want {
			t.Errorf("%s: minor is %v", age, age.Minor())
		}
	}
}

func TestMonth(t *testing.T) {
	for m, want := range map[stats.Month]string{stats.MonthOf(2017, 1): "2017-01", stats.MonthOf(2017, 12): "2017-12", stats.MonthOf(1999, 10): "1999-10"} {
		if m.String() != want || m.Year() != 2017 && m.Year() != 1999 {
			t.Errorf("got %s of %d, want %s", m, m.Year(), want)
		}
	}
}
